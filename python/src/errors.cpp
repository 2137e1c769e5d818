#include "errors.h"

#include <cnclip/error.h>
#include <nanobind/nanobind.h>

#include <string_view>

namespace cnclip::python {
namespace {

namespace nb = nanobind;

const char* class_of(ErrorCategory category) {
  switch (category) {
    case ErrorCategory::usage: return "UsageError";
    case ErrorCategory::bad_input: return "BadInputError";
    case ErrorCategory::unavailable: return "UnavailableError";
    case ErrorCategory::internal: break;
  }
  return "InternalError";
}

void raise(const Error& error) {
  const std::string_view message = error.what();
  // Names of files, which messages hold, need not be UTF-8.
  const auto text =
      nb::steal(PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "backslashreplace"));
  const nb::object type = nb::module_::import_("cnclip.errors").attr(class_of(error.category()));
  PyErr_SetObject(type.ptr(), text.ptr());
}

}  // namespace

void translate_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace cnclip::python
