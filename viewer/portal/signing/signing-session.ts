/**
 * A deed that needs the signer's PIN: done at once inside a signing session; else the page asks for the PIN, opens a session of thirty minutes in this browser,
 * and does the deed again. `PINDialog` stands on every page and answers here.
 */
import { NotDone } from '../api/http.ts'

/** True: the session is open. False: the doctor thought better of it. */
type Asking = () => Promise<boolean>

let asking: Asking | null = null
let asked: Promise<boolean> | null = null

/** Answers how to leave again. */
export function answerPIN(handler: Asking): () => void {
  asking = handler
  return () => {
    if (asking === handler) asking = null
  }
}

/** Two deeds at once ask once. */
function askOnce(): Promise<boolean> {
  asked ??= (asking?.() ?? Promise.resolve(false)).finally(() => {
    asked = null
  })
  return asked
}

/** The PIN was asked for and not given: nothing failed, the doctor went back. */
export const wentBack = (error: unknown): boolean => error instanceof NotDone && error.code === 'pin-needed'

export const openSession = (): Promise<boolean> => askOnce()

export async function withSigning<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed()
  } catch (error) {
    if (!wentBack(error) || !(await askOnce())) throw error
    return deed()
  }
}
