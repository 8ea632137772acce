/** The style and the script of the pages for buyers: files of their own, so that no page holds any inline. */

/** Every pair of colours has a contrast of 7 or more; what has the focus is seen without colour. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --line: #595959; --act: #0b3d91; --on-act: #ffffff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2f2f2; --paper: #161616; --line: #b3b3b3; --act: #a8c7fa; --on-act: #0b1a33 }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem }
a { color: var(--act) }
table { border-collapse: collapse; width: 100% }
caption { text-align: start; font-weight: 600; padding: .5rem 0 }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: start; vertical-align: top }
dt { font-weight: 600 }
dd { margin: 0 0 .6rem; overflow-wrap: anywhere }
fieldset { border: 1px solid var(--line); margin: 1rem 0 }
label { display: block; padding: .3rem 0 }
select, button { font: inherit; padding: .5rem .8rem; max-width: 100% }
select { display: block; border: 1px solid var(--line); background: var(--paper); color: var(--ink) }
button { margin-top: 1rem; border: 2px solid var(--act); border-radius: .3rem; background: var(--act); color: var(--on-act); cursor: pointer }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
pre { border: 1px solid var(--line); padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
`

/** A form is sent once, however often it is clicked; one that says so goes by itself. Without it, a button does the same. */
export const SCRIPT = `
'use strict'
for (const form of document.forms) {
  let sent = false
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault()
    sent = true
  })
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) sent = false
  })
  if (form.hasAttribute('data-go')) form.requestSubmit()
}
`
