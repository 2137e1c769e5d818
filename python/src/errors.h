// cnclip::Error as the exceptions of cnclip/errors.py.
#pragma once

namespace cnclip::python {

// From now on; called once, when the module is imported.
void translate_errors();

}  // namespace cnclip::python
