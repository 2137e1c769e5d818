#include "search/indexing/model_stamp.h"

#include <fmt/format.h>

#include "base/error.h"
#include "encode/model_identity.h"
#include "search/indexing/read_picture.h"

namespace cnclip::search {

ModelStamp stamp_of(const std::string& model, const Encoder& encoder, bool fast_decode, bool oriented) {
  const ModelIdentity identity = model_identity(model);
  ModelStamp stamp;
  stamp.path = identity.path;
  stamp.name = identity.name;
  stamp.fingerprint = identity.fingerprint;
  stamp.width = encoder.embed_dim();
  stamp.transform = kTransformVersion;
  stamp.image_size = encoder.image_size();
  stamp.fast_decode = fast_decode;
  stamp.oriented = oriented;
  stamp.precision = encoder.precision();
  if (stamp.precision == "int8")
    throw_usage("{}: an index keeps features of f32, bf16 or f16: those of int8 depend on a second file", model);
  return stamp;
}

std::string describe(const ModelStamp& stamp) {
  return fmt::format("{} ({}, {}{}{}{})", stamp.name, stamp.fingerprint.substr(0, 8), stamp.precision,
                     stamp.fast_decode ? ", fast decoding" : "", stamp.oriented ? ", turned by EXIF" : "",
                     stamp.transform != kTransformVersion ? fmt::format(", transform {}", stamp.transform) : "");
}

}  // namespace cnclip::search
