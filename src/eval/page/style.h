// How the pages of evaluations look, on top of kReportStyle.
#pragma once

#include "base/html.h"

namespace cnclip {

inline constexpr std::string_view kEvalRules = R"css(
:root { --right: #12875a; --wrong: #c4532a } small { color: var(--soft) }
@media (prefers-color-scheme: dark) { :root { --right: #3fbf8a; --wrong: #f08a5d } }
.histogram { margin: 12px 0; max-width: 760px } .histogram svg { width: 100%; height: auto; display: block }
.histogram text { fill: var(--soft); font-size: 11px } figcaption { color: var(--soft); font-size: 13px }
rect.right, .key.right { fill: var(--right); background: var(--right); fill-opacity: .7 }
rect.wrong, .key.wrong { fill: var(--wrong); background: var(--wrong); fill-opacity: .55 }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 6px 0 12px }
.query { border-top: 1px solid var(--line); padding: 14px 0 } .query > p { color: var(--ink); margin-bottom: 8px }
.row { display: flex; flex-wrap: wrap; gap: 10px; align-items: flex-start } .row + .row { margin-top: 8px }
.hit { width: 118px; font-size: 12px; overflow-wrap: anywhere; border: 3px solid transparent; border-radius: 6px }
.hit img { width: 112px; height: 112px; display: block; border-radius: 3px } .hit.right { border-color: var(--right) }
.hit .none { width: 112px; height: 112px; display: grid; place-items: center; border: 1px dashed var(--line); color: var(--soft) }
.divider { width: 1px; align-self: stretch; background: var(--line) }
ol.texts { margin: 0; padding-left: 22px } ol.texts .right { color: var(--right); font-weight: 600 }
.confusion td { padding: 0; width: 18px; height: 18px; border: 1px solid var(--line); font-size: 9px; text-align: center }
.confusion th { padding: 0 6px; font-size: 12px; border: 0; white-space: nowrap }
.confusion th.top { writing-mode: vertical-rl; padding: 4px 0 } .confusion td.diagonal { outline: 1px solid var(--right) }
)css";

// `title` is text, `body` is HTML.
inline std::string eval_page(std::string_view language, std::string_view title, std::string_view body) {
  return html_page(language, title, std::string(kReportStyle) + std::string(kEvalRules), body);
}

}  // namespace cnclip
