#include "search/nearest/codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "search/nearest/test_vectors.h"

namespace cnclip::search {
namespace {

TEST(Codes, ProductsStayWithinTheirBounds) {
  for (const std::size_t width : {1u, 3u, 64u, 100u, 512u, 1024u, 3000u}) {
    const auto rows = random_vectors(200, width, 1), queries = random_vectors(20, width, 2);
    const std::size_t stride = code_stride(static_cast<std::int64_t>(width));
    std::vector<std::uint8_t> codes(200 * stride);
    std::vector<RowCode> of_rows;
    for (std::size_t i = 0; i < 200; ++i)
      of_rows.push_back(make_row_code(std::span(rows).subspan(i * width, width), &codes[i * stride]));
    for (std::size_t q = 0; q < 20; ++q) {
      const auto query = std::span(queries).subspan(q * width, width);
      const QueryCode code(query);
      std::vector<std::int32_t> products(200);
      code.multiply(codes.data(), 200, products.data());
      for (std::size_t i = 0; i < 200; ++i) {
        const float exact = exact_product(query, std::span(rows).subspan(i * width, width));
        const float coded = code.scale() * of_rows[i].scale * static_cast<float>(products[i]);
        EXPECT_LE(std::abs(exact - coded), code.length() * of_rows[i].error + code.slack()) << width;
        EXPECT_LE(std::abs(exact - coded), 0.02) << width;
      }
    }
  }
}

TEST(Codes, EveryKernelGivesTheSameIntegers) {
  for (const std::size_t width : {5u, 512u, 1024u}) {
    auto rows = random_vectors(7, width, 1);
    std::fill_n(rows.begin(), width, 1.0f / std::sqrt(static_cast<float>(width)));  // every code at its largest
    const std::size_t stride = code_stride(static_cast<std::int64_t>(width));
    std::vector<std::uint8_t> codes(7 * stride);
    for (std::size_t i = 0; i < 7; ++i)
      make_row_code(std::span<const float>(rows).subspan(i * width, width), &codes[i * stride]);
    for (const std::size_t q : {0u, 3u}) {
      const QueryCode code(std::span<const float>(rows).subspan(q * width, width));
      std::vector<std::int32_t> expected(7), found(7);
      portable_code_kernel()(code, codes.data(), 7, expected.data());
      EXPECT_NEAR(code.scale() * static_cast<float>(expected[q]) * (q == 0 ? 1.0f : 0.0f) / 127 /
                      std::sqrt(static_cast<float>(width)),
                  q == 0 ? 1.0f : 0.0f, 1e-3f);
      for (const CodeKernel kernel : {avx2_code_kernel(), vnni_code_kernel()}) {
        if (kernel == nullptr) continue;
        kernel(code, codes.data(), 7, found.data());
        EXPECT_EQ(found, expected) << width;
      }
    }
  }
}

}  // namespace
}  // namespace cnclip::search
