// cnclip._cnclip: what the Python sources in cnclip/ are made of.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <memory>

#include "errors.h"
#include "pictures.h"
#include "shared_encoder.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cnclip::python {
namespace {

std::string copy(const nb::bytes& bytes) {
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
auto to_numpy(std::vector<T> values, std::initializer_list<std::size_t> shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(values));
  T* data = kept->data();
  const nb::capsule owner(kept.release(), [](void* held) noexcept { delete static_cast<std::vector<T>*>(held); });
  return nb::ndarray<nb::numpy, T>(data, shape, owner);
}

auto to_numpy(FeatureMatrix features) {
  const auto rows = static_cast<std::size_t>(features.rows), columns = static_cast<std::size_t>(features.columns);
  return to_numpy(std::move(features.values), {rows, columns});
}

// What `encode` returns; other Python threads run meanwhile.
template <class Encode>
auto encoded(const Encode& encode) {
  FeatureMatrix features;
  {
    const nb::gil_scoped_release others_run;
    features = encode();
  }
  return to_numpy(std::move(features));
}

auto tokenize(const std::vector<std::string>& texts, int context_length) {
  const Tokenizer& tokenizer = Tokenizer::chinese();
  tokenizer.encode("", context_length);  // is the length one?
  const auto length = static_cast<std::size_t>(context_length);
  std::vector<std::int64_t> rows;
  for (const std::string& text : texts) {
    const Tokens tokens = tokenizer.encode(text, context_length);
    rows.insert(rows.end(), tokens.ids.begin(), tokens.ids.end());
    rows.resize(rows.size() + length - tokens.ids.size(), tokenizer.pad_id());
  }
  return to_numpy(std::move(rows), {texts.size(), length});
}

auto preprocess(const Picture& picture, int size) {
  if (size < 1 || size > 4096) {
    throw Error(ErrorCategory::usage, "size " + std::to_string(size) + ": it is 1 to 4096");
  }
  const auto planes = preprocess_all(std::array{&picture}, size, 1);
  std::vector<float> pixels(planes.size());
  normalize_pixels(planes, pixels);
  const auto side = static_cast<std::size_t>(size);
  return to_numpy(std::move(pixels), {3, side, side});
}

using Row = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

auto match(const Row& image, const Rows& texts, float logit_scale) {
  const FeatureMatrix rows{static_cast<std::int64_t>(texts.shape(0)),
                           static_cast<std::int64_t>(texts.shape(1)),
                           {texts.data(), texts.data() + texts.size()}};
  return to_numpy(match_probabilities({image.data(), image.size()}, rows, logit_scale), {texts.shape(0)});
}

SharedEncoder* open_encoder(const std::string& model, const std::string& engine, const std::string& device,
                            const std::string& precision, const std::string& quantization, int threads, int streams,
                            bool normalize, int context_length) {
  const nb::gil_scoped_release others_run;
  return new SharedEncoder(model, {.engine = engine,
                                   .device = device,
                                   .precision = precision,
                                   .quantization = quantization,
                                   .threads = threads,
                                   .streams = streams,
                                   .cache = {},
                                   .normalize = normalize,
                                   .context_length = context_length});
}

}  // namespace
}  // namespace cnclip::python

NB_MODULE(_cnclip, module) {
  using namespace cnclip::python;
  translate_errors();

  nb::class_<Picture>(module, "Picture");
  module.def("picture_of_file", [](std::string name, const nb::bytes& bytes) {
    return Picture{std::move(name), copy(bytes)};
  });
  module.def("picture_of_pixels", [](std::string name, const std::string& mode, int width, int height,
                                     const nb::bytes& pixels, const nb::bytes& palette) {
    return picture_of_pixels(std::move(name), mode, width, height, copy(pixels), copy(palette));
  });
  module.def("match", &match);
  module.def("preprocess", &preprocess);
  module.def("tokenize", &tokenize);

  nb::class_<SharedEncoder>(module, "Encoder")
      .def(nb::new_(&open_encoder), "model"_a, "engine"_a, "device"_a, "precision"_a, "quantization"_a, "threads"_a,
           "streams"_a, "normalize"_a, "context_length"_a)
      .def("encode_images",
           [](SharedEncoder& self, const std::vector<const Picture*>& pictures) {
             return encoded([&] { return self.encode_images(pictures); });
           })
      .def("encode_texts",
           [](SharedEncoder& self, const std::vector<std::string>& texts) {
             return encoded([&] { return self.encode_texts(texts); });
           })
      .def_prop_ro("embed_dim", [](const SharedEncoder& self) { return self.encoder().embed_dim(); })
      .def_prop_ro("image_size", [](const SharedEncoder& self) { return self.encoder().image_size(); })
      .def_prop_ro("image_batch", [](const SharedEncoder& self) { return self.encoder().image_batch(); })
      .def_prop_ro("precision", [](const SharedEncoder& self) { return self.encoder().precision(); })
      .def_prop_ro("logit_scale", [](const SharedEncoder& self) { return self.encoder().logit_scale(); });
}
