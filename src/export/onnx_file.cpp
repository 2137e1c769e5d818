#include "export/onnx_file.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <optional>

#include "base/error.h"
#include "base/file.h"

namespace cnclip {
namespace {

constexpr std::size_t kPage = 4096;         // external tensors start at pages, so that readers can map them
constexpr std::size_t kSmallTensor = 1024;  // smaller ones stay in the model
constexpr std::size_t kProtobufLimit = 0x7fffffff;

// Protobuf's wire format of a length-delimited field: its tag, the length, then the bytes.
std::string field_header(int number, std::size_t length) {
  std::array<std::uint8_t, 20> bytes;
  using google::protobuf::io::CodedOutputStream;
  std::uint8_t* end =
      CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(number << 3 | 2), bytes.data());
  end = CodedOutputStream::WriteVarint64ToArray(length, end);
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.data())};
}

// An initializer as it will stand in the file. `head` is the whole TensorProto for an external tensor, and all up to
// the raw bytes for one that stands inside.
struct Placed {
  const Initializer* source = nullptr;
  std::string head;
  std::size_t bytes = 0;
  std::optional<std::size_t> external_offset;

  std::size_t message_size() const { return head.size() + (external_offset ? 0 : bytes); }
};

Placed place(const Initializer& source, const std::string& external_file, std::size_t& external_end) {
  Placed placed{&source, "", byte_count(source.tensor.dtype, source.tensor.shape), {}};
  onnx::TensorProto proto;
  proto.set_name(source.name);
  proto.set_data_type(onnx_type(source.tensor.dtype));
  for (const std::int64_t dim : source.tensor.shape) proto.add_dims(dim);
  if (!external_file.empty() && placed.bytes >= kSmallTensor) {
    placed.external_offset = (external_end + kPage - 1) / kPage * kPage;
    external_end = *placed.external_offset + placed.bytes;
    proto.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto entry = [&](const char* key, std::string value) {
      auto* added = proto.add_external_data();
      added->set_key(key);
      added->set_value(std::move(value));
    };
    entry("location", external_file);
    entry("offset", std::to_string(*placed.external_offset));
    entry("length", std::to_string(placed.bytes));
  }
  placed.head = proto.SerializeAsString();
  if (!placed.external_offset) placed.head += field_header(onnx::TensorProto::kRawDataFieldNumber, placed.bytes);
  return placed;
}

Tensor load(const Placed& placed) {
  Tensor tensor = placed.source->tensor.load();
  if (tensor.dtype() != placed.source->tensor.dtype || tensor.bytes().size() != placed.bytes) {
    throw_internal("export onnx: {} loads as {} {}, announced as {} {}", placed.source->name, name_of(tensor.dtype()),
                   to_string(tensor.shape()), name_of(placed.source->tensor.dtype),
                   to_string(placed.source->tensor.shape));
  }
  return tensor;
}

void write_external(const std::filesystem::path& path, const std::vector<Placed>& tensors) {
  AtomicFile file(path);
  for (const Placed& tensor : tensors) {
    if (!tensor.external_offset) continue;
    file.write(std::string(*tensor.external_offset - file.size(), '\0'));
    file.write(load(tensor).bytes());
  }
  file.commit();
}

}  // namespace

onnx::TensorProto::DataType onnx_type(DType type) {
  switch (type) {
    case DType::f32: return onnx::TensorProto::FLOAT;
    case DType::f16: return onnx::TensorProto::FLOAT16;
    case DType::i8: return onnx::TensorProto::INT8;
    case DType::i64: return onnx::TensorProto::INT64;
    case DType::u8: return onnx::TensorProto::UINT8;
    default: throw_internal("export onnx: no tensors of {}", name_of(type));
  }
}

std::vector<std::filesystem::path> write_onnx_file(const std::filesystem::path& file, const onnx::ModelProto& model,
                                                   const std::vector<Initializer>& initializers,
                                                   std::size_t inline_limit) {
  std::size_t total = 0;
  for (const Initializer& one : initializers) total += byte_count(one.tensor.dtype, one.tensor.shape);
  std::filesystem::path data_file = file;
  data_file += ".data";
  const bool external = total > inline_limit;

  std::vector<Placed> placed;
  std::size_t external_end = 0;
  for (const Initializer& one : initializers) {
    placed.push_back(place(one, external ? data_file.filename().string() : "", external_end));
  }

  onnx::ModelProto head = model;
  head.clear_graph();
  const std::string nodes = model.graph().SerializeAsString();
  std::size_t graph_size = nodes.size();
  for (const Placed& tensor : placed) {
    const std::size_t size = tensor.message_size();
    graph_size += field_header(onnx::GraphProto::kInitializerFieldNumber, size).size() + size;
  }
  if (graph_size > kProtobufLimit) {
    throw_usage("{}: {} bytes do not fit into one protobuf file; a lower inline limit is needed", file.string(),
                graph_size);
  }

  std::vector<std::filesystem::path> files{file};
  if (external) {
    write_external(data_file, placed);
    files.push_back(data_file);
  }
  AtomicFile out(file);
  out.write(head.SerializeAsString());
  out.write(field_header(onnx::ModelProto::kGraphFieldNumber, graph_size));
  out.write(nodes);
  for (const Placed& tensor : placed) {
    out.write(field_header(onnx::GraphProto::kInitializerFieldNumber, tensor.message_size()));
    out.write(tensor.head);
    if (!tensor.external_offset) out.write(load(tensor).bytes());
  }
  out.commit();
  return files;
}

}  // namespace cnclip
