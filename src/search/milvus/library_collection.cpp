#include "search/milvus/library_collection.h"

#include "base/error.h"

namespace cnclip::search {
namespace {

// Two marks are equal when vectors may be compared and rows mean the same pictures.
std::string mark_of(const VectorServer& server, const ModelStamp& model) {
  return fmt::format(
      "cnclip library {}, model {} {}, width {}, transform {}, image size {}, decode {}, orientation {}, precision {}",
      server.library, model.name, model.fingerprint, model.width, model.transform, model.image_size,
      model.fast_decode ? "fast" : "exact", model.oriented ? "EXIF" : "none", model.precision);
}

}  // namespace

MilvusCollection open_collection(const Library& library, VectorSet set, bool create) {
  const Library::Snapshot snapshot(library);
  const auto server = library.vector_server(set);
  if (!server) throw_internal("milvus: {} has no server of vectors", library.folder().string());
  const ModelStamp model = set == VectorSet::current ? library.model() : library.next_model().value();
  return MilvusCollection(parse_milvus_address(server->address), mark_of(*server, model), model.width, create);
}

std::string collection_mark(const Library& library) {
  const Library::Snapshot snapshot(library);
  return mark_of(library.vector_server().value(), library.model());
}

void drop_collection(const LeftCollection& left) {
  MilvusServer server(parse_milvus_address(left.server.address));
  const auto facts = find_collection(server);
  if (facts && facts->description == mark_of(left.server, left.stamp)) drop_collection(server);
}

void check_no_collection(const std::string& address) {
  MilvusServer server(parse_milvus_address(address));
  if (const auto facts = find_collection(server)) {
    throw_bad_input("{}: there is a collection of that name already: {}", address,
                    facts->description.empty() ? "without a description" : facts->description);
  }
}

}  // namespace cnclip::search
