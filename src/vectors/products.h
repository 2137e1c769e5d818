// Products of matrices, on the calling thread.
#pragma once

#include <cstdint>

namespace cnclip {

// A matrix in somebody else's memory.
template <class T>
struct MatrixView {
  const T* values;
  std::int64_t rows, columns;
  std::int64_t row_step = columns, column_step = 1;

  MatrixView transposed() const { return {values, columns, rows, column_step, row_step}; }
};

// `sum` (a.rows, b.columns), row-major, becomes a b + keep * sum. Each value is summed up in the same way wherever its
// row and column lie, for equal shapes.
void multiply(const MatrixView<float>& a, const MatrixView<float>& b, float keep, float* sum);
void multiply(const MatrixView<double>& a, const MatrixView<double>& b, double keep, double* sum);

}  // namespace cnclip
