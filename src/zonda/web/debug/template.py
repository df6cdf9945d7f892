"""The template of the page. It needs no script and loads nothing."""

from typing import Final

__all__ = ["PAGE"]

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ errors[0]["type"] }}: {{ errors[0]["message"][:100] }}</title>
<style>
:root {
  color-scheme: light dark;
  --ground: #f6f6f4; --card: #fff; --ink: #1d1d1f; --soft: #6b6b70; --line: #e2e2de;
  --fault: #b3261e; --mark: #fdecea; --word: #f7c6c1; --own: #1a5fb4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #17181a; --card: #202225; --ink: #e6e6e3; --soft: #9a9aa0; --line: #34363a;
    --fault: #ff8a80; --mark: #3a2322; --word: #6d2b27; --own: #8ab4f8;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
main, header > div, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 28px 0 24px; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 6px 0 10px; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h1 span { color: var(--fault); }
.message { font: 15px/1.5 ui-monospace, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: 0 0 12px; }
h2 { font-size: 17px; margin: 32px 0 12px; overflow-wrap: anywhere; }
h2 small { display: block; color: var(--soft); font-weight: normal; font-size: 14px; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  margin: 0 0 8px; overflow: hidden; }
summary { padding: 9px 14px; cursor: pointer; overflow-wrap: anywhere; }
summary code { font-weight: 600; }
summary span { color: var(--soft); font-size: 13px; }
.own > summary code { color: var(--own); }
pre { margin: 0; overflow-x: auto; font: 13px/1.6 ui-monospace, monospace; }
.code { border-top: 1px solid var(--line); padding: 8px 0; }
.code div { padding: 0 14px; white-space: pre; min-width: max-content; }
.code i { display: inline-block; width: 44px; margin-right: 14px; text-align: right;
  color: var(--soft); font-style: normal; user-select: none; }
.code .current { background: var(--mark); }
.code b { font-weight: inherit; background: var(--word); border-radius: 3px; }
table { width: 100%; border-collapse: collapse; font: 13px/1.5 ui-monospace, monospace; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { width: 24%; font-weight: normal; color: var(--soft); }
td { white-space: pre-wrap; }
.left-out { color: var(--soft); padding: 4px 14px 12px; }
.text { padding: 12px 14px; border-top: 1px solid var(--line); white-space: pre-wrap;
  overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: 13px; padding: 24px; }
</style>
</head>
<body>
<header><div>
<p>{{ status }}</p>
<h1><span>{{ errors[0]["type"] }}</span></h1>
{% if errors[0]["message"] %}<p class="message">{{ errors[0]["message"] }}</p>{% end %}
<p><code>{{ request }}</code></p>
</div></header>
<main>
{% for error in errors %}
<h2>{% if error["relation"] %}<small>{{ error["relation"] }}</small>
{{ error["type"] }}{% if error["message"] %}: {{ error["message"] }}{% end %}
{% else %}Where it was raised, innermost call first{% end %}</h2>
{% set opened = 0 %}
{% for frame in error["frames"] %}
{% set is_open = (frame.own and opened < 3) or (frame is error["frames"][0] and not opened) %}
{% set opened += bool(is_open) %}
<details class="{{ "own" if frame.own else "library" }}"{% if is_open %} open{% end %}>
<summary><code>{{ frame.function }}</code>
<span>{{ frame.file }}, line {{ frame.line }}</span></summary>
{% if frame.code %}<pre class="code">{% for line in frame.code %}<div
class="{{ "current" if line.current else "near" }}"><i>{{ line.number }}</i>{{ line.before
}}{% if line.marked %}<b>{{ line.marked }}</b>{% end %}{{ line.after
}}</div>{% end %}</pre>{% end %}
{% if frame.variables %}<table>{% for name, value in frame.variables %}
<tr><th>{{ name }}</th><td>{{ value }}</td></tr>{% end %}
</table>{% end %}
</details>
{% if frame.left_out %}
<p class="left-out">{{ frame.left_out }} more calls are left out here.</p>{% end %}
{% end %}
{% end %}
<h2>What was asked for</h2>
{% for title, rows in tables %}
<details{% if title in ("Request", "Header fields") or title.startswith("Arg") %} open{% end %}>
<summary>{{ title }}</summary>
<table>{% for name, value in rows %}
<tr><th>{{ name }}</th><td>{{ value }}</td></tr>{% end %}
</table>
</details>
{% end %}
<h2>For a bug report</h2>
<details><summary>The traceback as text</summary><pre class="text">{{ text }}</pre></details>
</main>
<footer>You see this page because the setting <code>debug</code> is on, which is for development
only. Values with telling names are hidden. {{ versions }}.</footer>
</body>
</html>
"""
