/**
 * What we draw over the viewer, outside its own tree: the bar with the deeds of a report, the red strip when images and report are of two people, and a
 * word after each deed. The patient's banner is a component of the viewer's head.
 */
globalThis.readingBar = (() => {
  'use strict'

  const style = `
    #reading-bar { position: fixed; z-index: 40; bottom: 6px; left: 50%; transform: translateX(-50%); display: flex; gap: 2px; padding: 2px; border-radius: 6px;
      background: #0b1a3acc; border: 1px solid #2b4a86; font: 13px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; white-space: nowrap; }
    #reading-bar[hidden] { display: none; }
    #reading-bar button { color: #dbe7ff; padding: 3px 8px; border-radius: 4px; }
    #reading-bar button:hover { background: #2b4a86; }
    #reading-bar button:focus-visible { outline: 2px solid #5acce6; }
    #reading-bar button[aria-pressed="true"] { background: #1f5e79; color: #fff; }
    #reading-bar kbd { margin-inline-start: 4px; font: 11px monospace; opacity: 0.7; }
    #reading-strip { position: fixed; z-index: 60; top: 0; left: 0; right: 0; padding: 12px 16px; background: #b3161b; color: #fff; text-align: center;
      font: 600 16px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
    #reading-strip[hidden] { display: none; }
    #reading-word { position: fixed; z-index: 50; bottom: 46px; left: 50%; transform: translateX(-50%); padding: 4px 12px; border-radius: 4px; background: #11233f;
      color: #fff; border: 1px solid #5acce6; font: 14px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; pointer-events: none; }
    #reading-word[hidden] { display: none; }
  `

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children)
    return made
  }

  /** `buttons`: [{ id, text, key, press, pressed?, hidden? }] read anew at each `draw`. */
  return ({ buttons }) => {
    const bar = element('div', { id: 'reading-bar', role: 'toolbar', hidden: true })
    const strip = element('div', { id: 'reading-strip', role: 'alert', hidden: true })
    const word = element('div', { id: 'reading-word', role: 'status', hidden: true })
    document.head.append(element('style', { textContent: style }))
    const place = () => document.body.append(bar, strip, word)
    if (document.body) place()
    else document.addEventListener('DOMContentLoaded', place)

    const draw = (visible) => {
      bar.hidden = !visible
      bar.replaceChildren(
        ...buttons()
          .filter(({ hidden }) => hidden !== true)
          .map(({ id, text, key, press, pressed }) => {
            const button = element('button', { type: 'button', id: `reading-${id}`, onclick: press, tabIndex: -1 }, text)
            if (pressed !== undefined) button.setAttribute('aria-pressed', String(pressed))
            if (key) button.append(element('kbd', { textContent: key }))
            return button
          }),
      )
    }
    let timer
    return {
      draw,
      /** Null: all is well. */
      warn(text) {
        strip.hidden = text === null
        strip.textContent = text ?? ''
      },
      say(text) {
        word.textContent = text
        word.hidden = false
        clearTimeout(timer)
        timer = setTimeout(() => {
          word.hidden = true
        }, 2_500)
      },
    }
  }
})()
