#include "vectors/products.h"

#include <blis.h>

namespace cnclip {
namespace {

// BLIS knows processors by their names, and takes kernels of half the width for those that it has not heard of. These
// tell their abilities.
cntx_t* best_kernels() {
  bli_init();
#if defined(__x86_64__)
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (wide) return bli_gks_lookup_nat_cntx(BLIS_ARCH_SKX);
#endif
  return nullptr;  // its own choice
}

template <class T, class Product>
void multiply_by(Product product, const MatrixView<T>& a, const MatrixView<T>& b, T keep, T* sum) {
  static cntx_t* const kernels = best_kernels();
  rntm_t settings;
  bli_rntm_init_from_global(&settings);
  bli_rntm_disable_l3_sup(&settings);  // small products otherwise: not the same bits in every place
  T one = 1;
  product(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, a.rows, b.columns, a.columns, &one, const_cast<T*>(a.values),
          a.row_step, a.column_step, const_cast<T*>(b.values), b.row_step, b.column_step, &keep, sum, b.columns, 1,
          kernels, &settings);
}

}  // namespace

void multiply(const MatrixView<float>& a, const MatrixView<float>& b, float keep, float* sum) {
  multiply_by(bli_sgemm_ex, a, b, keep, sum);
}
void multiply(const MatrixView<double>& a, const MatrixView<double>& b, double keep, double* sum) {
  multiply_by(bli_dgemm_ex, a, b, keep, sum);
}

}  // namespace cnclip
