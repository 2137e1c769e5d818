#!/usr/bin/env bash
# The main job on real input: a checkpoint, pictures, Chinese sentences, and how well they match.
#   CNCLIP_TEST_DATA   a folder with the data set flickr8k-cn; without it the demo draws its own pictures
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cnclip=${CNCLIP_BIN:-$root/build/bin/cnclip}
data=${CNCLIP_TEST_DATA:-$root/../shared/data}
out=$root/build/demo
rm -rf "$out"
python3 "$root/scripts/demo_inputs.py" "$out" "$data/flickr8k-cn"
cd "$out"

show() { printf '\n$ cnclip %s\n' "$*"; "$cnclip" "$@"; }
show init --arch tiny --seed 1 -o model.safetensors
show encode images pictures --model model.safetensors -o images.npy
show encode texts sentences.txt --model model.safetensors -o texts.npy

texts=()
while IFS= read -r sentence; do texts+=(--text "$sentence"); done <sentences.txt
for picture in pictures/*; do
  show match --model model.safetensors --image "$picture" "${texts[@]}"
done

cat <<END

The weights of this demo are random: the tables show that every step works, not what a trained model knows.
Name a trained one with --model. Everything made here lies in $out
END
