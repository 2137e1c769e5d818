#include "export/tensorrt/builder.h"

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/file.h"
#include "export/tensorrt/device.h"
#include "export/tensorrt/log.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCache = std::size_t{1} << 30;

nvinfer1::Dims dims_of(const Shape& shape) {
  nvinfer1::Dims dims{};
  dims.nbDims = static_cast<std::int32_t>(shape.size());
  std::ranges::copy(shape, dims.d);
  return dims;
}

template <class T>
std::unique_ptr<T> made(T* object, const char* what) {
  if (object == nullptr)
    throw_internal("{}: no {}: {}", tensorrt::version(), what, tensorrt::shared_log().take_error());
  return std::unique_ptr<T>(object);
}

// What the types of the graph are stays so: TensorRT 10 has to be told, later ones know nothing else.
std::unique_ptr<nvinfer1::INetworkDefinition> typed_network(nvinfer1::IBuilder& builder) {
#if NV_TENSORRT_MAJOR == 10
  using nvinfer1::NetworkDefinitionCreationFlag;
  constexpr auto kFlags = 1U << static_cast<std::uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
#else
  constexpr std::uint32_t kFlags = 0;
#endif
  return made(builder.createNetworkV2(kFlags), "network");
}

std::string errors_of(const nvonnxparser::IParser& parser) {
  std::string all;
  for (int i = 0; i < parser.getNbErrors(); ++i) {
    const nvonnxparser::IParserError& error = *parser.getError(i);
    all += fmt::format("{}node {} ({}): {}", all.empty() ? "" : "; ", error.nodeName(), error.nodeOperator(),
                       error.desc());
  }
  return all.empty() ? tensorrt::shared_log().take_error() : all;
}

class Builder final : public TowerBuilder {
 public:
  explicit Builder(const fs::path& cache)
      : device_(tensorrt::device_name()),
        builder_(made(nvinfer1::createInferBuilder(tensorrt::shared_log()), "builder")) {
    std::string name = fmt::format("{} {}", tensorrt::version(), device_);
    std::ranges::replace_if(
        name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.'; }, '-');
    timings_ = cache / (name + ".timings");
  }

  TensorRtTarget target() const override { return {tensorrt::version(), device_}; }

  void build(const OnnxModel& model, const TensorRtProfile& shapes, const fs::path& plan) override {
    const std::string file = model.files.at(0).string();
    const auto network = typed_network(*builder_);
    const auto parser = made(nvonnxparser::createParser(*network, tensorrt::shared_log()), "parser");
    if (!parser->parseFromFile(file.c_str(), static_cast<int>(nvinfer1::ILogger::Severity::kERROR)))
      throw_internal("{}: {} does not take it: {}", file, tensorrt::version(), errors_of(*parser));
    const auto config = made(builder_->createBuilderConfig(), "configuration");
    config->clearFlag(nvinfer1::BuilderFlag::kTF32);  // f32 is f32; who wants speed exports f16
    add_profile(*config, model.input.name, shapes);
    const auto timings = use_timings(*config);
    const std::unique_ptr<nvinfer1::IHostMemory> bytes(builder_->buildSerializedNetwork(*network, *config));
    if (bytes == nullptr) {
      throw_unavailable("{}: {} builds no engine of it for {}: {}", file, tensorrt::version(), device_,
                        tensorrt::shared_log().take_error());
    }
    write_file(plan, {static_cast<const char*>(bytes->data()), bytes->size()});
    keep_timings(*config);
  }

 private:
  void add_profile(nvinfer1::IBuilderConfig& config, const std::string& input, const TensorRtProfile& shapes) {
    using nvinfer1::OptProfileSelector;
    nvinfer1::IOptimizationProfile* profile = builder_->createOptimizationProfile();  // the builder's own
    const auto set = [&](OptProfileSelector which, const Shape& shape) {
      return profile->setDimensions(input.c_str(), which, dims_of(shape));
    };
    if (!(set(OptProfileSelector::kMIN, shapes.least) && set(OptProfileSelector::kOPT, shapes.usual) &&
          set(OptProfileSelector::kMAX, shapes.most) && config.addOptimizationProfile(profile) == 0)) {
      throw_internal("{}: no profile from {} to {}: {}", tensorrt::version(), to_string(shapes.least),
                     to_string(shapes.most), tensorrt::shared_log().take_error());
    }
  }

  // The cache must live as long as the build. One that TensorRT does not take (of another driver, or damaged) is begun
  // anew.
  std::unique_ptr<nvinfer1::ITimingCache> use_timings(nvinfer1::IBuilderConfig& config) const {
    const std::string kept = fs::exists(timings_) ? read_file(timings_, kMostCache) : "";
    std::unique_ptr<nvinfer1::ITimingCache> cache(config.createTimingCache(kept.data(), kept.size()));
    if (cache == nullptr || !config.setTimingCache(*cache, false)) {
      cache = made(config.createTimingCache(nullptr, 0), "timing cache");
      config.setTimingCache(*cache, false);
      tensorrt::shared_log().take_error();
    }
    return cache;
  }

  void keep_timings(const nvinfer1::IBuilderConfig& config) const {
    const std::unique_ptr<nvinfer1::IHostMemory> bytes(config.getTimingCache()->serialize());
    if (bytes == nullptr) return;
    try {
      fs::create_directories(timings_.parent_path());
      write_file(timings_, {static_cast<const char*>(bytes->data()), bytes->size()});
    } catch (const std::exception&) {  // without it the next build is slower, and this one is as good
    }
  }

  std::string device_;
  std::unique_ptr<nvinfer1::IBuilder> builder_;
  fs::path timings_;
};

}  // namespace

std::unique_ptr<TowerBuilder> make_tensorrt_builder(const fs::path& cache) {
  return std::make_unique<Builder>(cache);
}

}  // namespace cnclip
