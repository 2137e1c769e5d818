#!/usr/bin/env bash
# The main job on real input: a checkpoint, pictures, Chinese sentences, and how well they match.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cnclip=$root/build/bin/cnclip
work=${CNCLIP_DEMO:-$(mktemp -d)}
mkdir -p "$work/pictures"
photos=$root/../shared/data/flickr8k-cn/test_imgs
if [ -d "$photos" ]; then
  for photo in $(ls "$photos" | sed -n 1,3p); do cp "$photos/$photo" "$work/pictures/"; done
else
  # Three drawings: a red disc, a green hill, a blue gradient.
  for picture in red green blue; do
    awk -v kind=$picture 'BEGIN { print "P3 96 96 255"; for (y = 0; y < 96; ++y) for (x = 0; x < 96; ++x) {
      inside = kind == "red" ? (x-48)^2 + (y-48)^2 < 1200 : kind == "green" ? y > 60 + 12*sin(x/12) : 1;
      print (kind == "red" && inside ? 220 : 235), (kind == "green" && inside ? 160 : inside ? 40 : 235),
            (kind == "blue" ? 55 + 2*y : inside ? 40 : 245) } }' >"$work/pictures/$picture.ppm"
  done
fi
printf '%s\n' 一个红色的圆 海边的两个孩子 一只狗在草地上跑 >"$work/sentences.txt"

"$cnclip" init --arch tiny --seed 1 -o "$work/model.safetensors"
echo "The weights of this demo are random: the table shows that everything works, not what a trained model knows."
"$cnclip" encode images "$work/pictures" --model "$work/model.safetensors" -o "$work/images.npy"
"$cnclip" encode texts "$work/sentences.txt" --model "$work/model.safetensors" -o "$work/texts.npy"
mapfile -t sentences <"$work/sentences.txt"
texts=()
for sentence in "${sentences[@]}"; do texts+=(--text "$sentence"); done
for picture in "$work"/pictures/*; do
  echo
  echo "$(basename "$picture")"
  "$cnclip" match --model "$work/model.safetensors" --image "$picture" "${texts[@]}"
done
echo
echo "Everything lies in $work"
