// How the pages of evaluations look.
#pragma once

#include <string_view>

namespace cnclip {

inline constexpr std::string_view kEvalStyle = R"css(
:root { color-scheme: light dark; --ink: #1d2330; --soft: #667085; --line: #e4e7ec; --ground: #fff; --right: #12875a; --wrong: #c4532a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b313c; --ground: #14171d; --right: #3fbf8a; --wrong: #f08a5d } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1240px; padding: 32px 24px 64px; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 17px; margin: 36px 0 12px } p { margin: 4px 0; color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; margin-top: 16px }
td, th { text-align: left; padding: 6px 12px; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; font-size: 13px; color: var(--soft) } small { color: var(--soft) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
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

}  // namespace cnclip
