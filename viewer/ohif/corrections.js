/**
 * What the published build of OHIF 3.13.2 gets wrong with images and documents that hospitals have, put right from outside: an extension object,
 * served at the head of /app-config.js. Nothing that is stored or sent changes; only what the viewer was told about an instance is completed
 * in its memory. Each correction names what happens without it, and goes when the build no longer needs it.
 */
;(() => {
  'use strict'

  const listed = (value) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value])

  /**
   * Window and VOI LUT Function, PS3.3 C.11.2.1.3. The viewer hands the function on as one string, its image loader takes the first element: of
   * LINEAR the letter L, which is no function, and the image stays black: every one that carries the attribute. The second name is the
   * one under which the loader takes a string; volumes, which do not know it, fall back on LINEAR.
   */
  const windowOf = (metaData) => (type, imageId) => {
    if (type !== 'voiLutModule') return undefined
    const { VOILUTFunction, WindowCenter, WindowWidth } = metaData.get('instance', imageId) ?? {}
    const [voiLutFunction] = listed(VOILUTFunction)
    const [windowCenter, windowWidth] = [WindowCenter, WindowWidth].map((value) => listed(value).map(Number))
    if (voiLutFunction === undefined || windowCenter.length === 0 || windowWidth.length === 0) return undefined
    const known = ['LINEAR', 'LINEAR_EXACT', 'SIGMOID'].includes(voiLutFunction)
    return { windowCenter, windowWidth, ...(known && { voiLutFunction }) }
  }

  /**
   * The entries of a segmented palette, PS3.3 C.7.9.2: discrete segments, lines from the last entry on, repetitions of earlier segments.
   * @param words the segments, of 8 or 16 bits @param count of entries that the descriptor promises
   */
  const unpackPalette = (words, count) => {
    const wide = words.BYTES_PER_ELEMENT === 2
    const entries = []
    const segment = (at, mayRepeat) => {
      const [kind, length] = [words[at], words[at + 1]]
      if (kind === 0) {
        entries.push(...words.subarray(at + 2, at + 2 + length))
        return at + 2 + length
      }
      if (kind === 1) {
        const [start, end] = [entries.at(-1) ?? 0, words[at + 2] ?? 0]
        for (let step = 1; step <= length; step++) entries.push(Math.round(start + ((end - start) * step) / length))
        return at + 3
      }
      if (kind !== 2 || !mayRepeat) throw new Error(`A segmented palette has a segment of kind ${kind} where none may be`)
      const offset = words.subarray(at + 2, at + (wide ? 4 : 6)).reduceRight((sum, word) => sum * (wide ? 65_536 : 256) + word, 0)
      let from = offset / words.BYTES_PER_ELEMENT
      for (let turn = 0; turn < length; turn++) from = segment(from, false)
      return at + (wide ? 4 : 6)
    }
    for (let at = 0; at + 1 < words.length && entries.length < count; ) at = segment(at, true)
    return Uint16Array.from({ length: count }, (_, index) => entries[Math.min(index, entries.length - 1)] ?? 0)
  }

  /** A segmented palette is not known to the viewer and the image stays black: it is given as a plain one, unpacked when it is fetched. */
  const completePalette = (instance) => {
    for (const colour of ['Red', 'Green', 'Blue']) {
      const segmented = instance[`Segmented${colour}PaletteColorLookupTableData`]
      const [entries, , bits] = listed(instance[`${colour}PaletteColorLookupTableDescriptor`])
      const name = `${colour}PaletteColorLookupTableData`
      if (segmented === undefined || bits === undefined || instance[name] !== undefined) continue
      instance[name] = {
        retrieveBulkData: async () => {
          const bytes = await bytesOf(segmented)
          return unpackPalette(bits > 8 ? new Uint16Array(bytes) : new Uint8Array(bytes), entries || 65_536).buffer
        },
      }
    }
  }

  const bytesOf = async (value) => {
    const [only] = listed(value)
    if (only instanceof ArrayBuffer) return only
    if (only.InlineBinary !== undefined) return Uint8Array.from(atob(only.InlineBinary), (character) => character.charCodeAt(0)).buffer
    return only.retrieveBulkData()
  }

  /** A content item may lack a name (PS3.3 Table C.17-5, type 1C); the viewer of structured reports falls down with its whole page. */
  const nameContent = (item) => {
    item.ConceptNameCodeSequence ??= { CodeValue: '', CodingSchemeDesignator: '', CodeMeaning: '' }
    for (const child of listed(item.ContentSequence)) nameContent(child)
  }

  /** Slides without the origin that PS3.3 C.8.12.4 demands stay black: they lie at the origin. */
  const completeSlide = (instance) => {
    if (instance.TotalPixelMatrixRows === undefined) return
    instance.TotalPixelMatrixOriginSequence ??= [{ XOffsetInSlideCoordinateSystem: 0, YOffsetInSlideCoordinateSystem: 0 }]
  }

  const complete = (instance) => {
    if (instance.PhotometricInterpretation === 'PALETTE COLOR') completePalette(instance)
    if (instance.Modality === 'SM') completeSlide(instance)
    for (const item of listed(instance.ContentSequence)) nameContent(item)
  }

  /** Segments of a slide cannot be drawn here, and the attempt takes the whole page down: offered like any other kind without a viewer. */
  const withhold = (displaySet) => {
    if (displaySet.Modality === 'SEG' && displaySet.instance?.TotalPixelMatrixRows !== undefined) displaySet.unsupported = true
  }

  const missing = {
    zh: ['无法显示', '该对象所参照的图像不在本次检查中。'],
    en: ['Cannot be shown', 'The images that this object refers to are not in the study.'],
  }

  let provideWindow

  globalThis.ohifCorrections = {
    id: 'ohif-corrections',
    version: '1.0.0',

    preRegistration({ servicesManager }) {
      const { displaySetService } = servicesManager.services
      displaySetService.subscribe(displaySetService.EVENTS.DISPLAY_SETS_ADDED, ({ displaySetsAdded }) => {
        for (const displaySet of displaySetsAdded) {
          for (const instance of listed(displaySet.instances ?? displaySet.instance)) complete(instance)
          withhold(displaySet)
        }
      })
    },

    /** Before the first image; of a provider that is there already the list takes no second one. */
    onModeEnter() {
      const { metaData } = globalThis.cornerstone
      provideWindow ??= windowOf(metaData)
      metaData.addProvider(provideWindow, 20_000)
    },

    /** Structures and segments without their images: without this the page falls down, or stays black without a word. */
    getCustomizationModule: ({ servicesManager }) => [
      {
        name: 'global',
        value: {
          missingReferenceDisplaySetHandler: () => {
            const [title, message] = document.documentElement.lang === 'en' ? missing.en : missing.zh
            // Outside of the drawing that asks.
            setTimeout(() => servicesManager.services.uiNotificationService.show({ id: 'missing-reference', title, message, type: 'warning' }))
            return { handled: true }
          },
        },
      },
    ],
  }
})()
