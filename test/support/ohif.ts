/**
 * The published OHIF in a browser page, driven as a person drives it: a study is opened through the bridge inside the running viewer, each of its
 * display sets is put into the active viewport, and what the viewport then shows is looked at.
 */
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'

export interface DisplaySet {
  readonly uid: string
  readonly SOPInstanceUIDs: readonly string[]
  /** It has no viewer for this kind. */
  readonly unsupported: boolean
}

export type Shown =
  /** How many grey values the canvas has, and a digest of it: equal where the pictures are. */
  | { readonly kind: 'picture'; readonly greys: number; readonly digest: number; readonly coloured: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pdf' }
  | { readonly kind: 'nothing' }

/** Milliseconds. */
const patience = 30_000

/** A viewer in a page that is signed in. */
export class OHIFViewer {
  readonly page: Page
  readonly #origin: string
  #running = false

  private constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
  }

  static async in(page: Page, origin: string): Promise<OHIFViewer> {
    await page.addInitScript({ path: fileURLToPath(new URL('./ohif-page.js', import.meta.url)) })
    return new OHIFViewer(page, origin)
  }

  /** The next study is opened by a new start of the viewer, not inside the running one. */
  restart(): void {
    this.#running = false
  }

  /** Opens a study and waits until all these instances of it have a display set. */
  async open(StudyInstanceUID: string, SOPInstanceUIDs: readonly string[]): Promise<DisplaySet[]> {
    if (!this.#running) await this.page.goto(`${this.#origin}/viewer?StudyInstanceUIDs=${StudyInstanceUID}`)
    else {
      // A viewer that no report docked has no name.
      const message = JSON.stringify({ 'hub.topic': '', 'hub.event': 'ImagingStudy-open', context: { StudyInstanceUID } })
      await this.page.evaluate(`{ const channel = new BroadcastChannel('reading'); channel.postMessage(${message}); channel.close() }`)
    }
    this.#running = true
    const displaySets = await this.#when<DisplaySet[]>('displaySets', StudyInstanceUID, SOPInstanceUIDs)
    if (displaySets === undefined) throw new Error(`OHIF has not opened the study in ${patience} ms`)
    return displaySets
  }

  /** Puts a display set into the active viewport. */
  async choose({ uid }: DisplaySet): Promise<void> {
    await this.page.evaluate(`probe.choose(${JSON.stringify(uid)})`)
  }

  /** Puts a display set into the active viewport, and the first image of an instance of it before the eyes. */
  async show(displaySet: DisplaySet, SOPInstanceUID: string): Promise<Shown> {
    await this.choose(displaySet)
    const shown = await this.#when<Shown | { kind: 'slide' }>('look', displaySet.uid, SOPInstanceUID)
    return shown?.kind === 'slide' ? this.#slide() : (shown ?? { kind: 'nothing' })
  }

  /** Slides are drawn by WebGL alone, which cannot be read back: the middle of their viewport is photographed. */
  async #slide(): Promise<Shown> {
    const pane = this.page.locator('[data-cy="viewport-pane"][data-is-active="true"]')
    for (const until = Date.now() + patience; Date.now() < until; await this.page.waitForTimeout(200)) {
      const greys = new Set(await middleOf(pane)).size
      if (greys > 2) return { kind: 'picture', greys, digest: 0, coloured: true }
    }
    return { kind: 'nothing' }
  }

  /** The page waits by itself: its policy lets nobody else make functions of text. */
  #when<T>(name: string, ...parameters: unknown[]): Promise<T | undefined> {
    return this.page.evaluate(`probe.when(${[patience, name, ...parameters].map((each) => JSON.stringify(each)).join(', ')})`)
  }
}

async function middleOf(pane: Locator): Promise<Buffer> {
  const picture = sharp(await pane.screenshot())
  const { width, height } = await picture.metadata()
  const middle = { left: width >> 2, top: height >> 2, width: width >> 1, height: height >> 1 }
  return picture.extract(middle).greyscale().raw().toBuffer()
}
