/** Before somebody signs out, whoever holds unsaved text saves it: on the next PC nobody has this browser's copy. */

const name = 'portal:leaving'
/** A dead line does not keep anybody from going home; the browser's copy stays. */
const patienceMs = 4_000

class Leaving extends Event {
  readonly saves: Promise<unknown>[] = []
  constructor() {
    super(name)
  }
}

/** `page`: the window. */
export async function beforeLeaving(page: EventTarget): Promise<void> {
  const leaving = new Leaving()
  page.dispatchEvent(leaving)
  await Promise.race([Promise.allSettled(leaving.saves), new Promise((resolve) => setTimeout(resolve, patienceMs))])
}

/** `save` is waited for when somebody signs out. Returns how to call it off. */
export function onLeaving(page: EventTarget, save: () => Promise<unknown>): () => void {
  const listener = (event: Event) => void (event as Leaving).saves.push(save())
  page.addEventListener(name, listener)
  return () => page.removeEventListener(name, listener)
}
