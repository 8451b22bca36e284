/**
 * The next study, fetched ahead into the browser's cache while this one is read: by the same addresses and with the same Accept as the viewer will use, so
 * that it finds them there and asks only whether they still hold. Two at a time, and stopped as soon as something is opened.
 */
globalThis.readingPrefetch = (() => {
  'use strict'

  /** The first look at a study; the rest comes faster than anybody scrolls. */
  const most = { series: 12, frames: 40 }
  const atOnce = 2

  const valueOf = (dataset, tag) => dataset?.[tag]?.Value?.[0]

  return async (study, accept, signal) => {
    const root = `/dicomweb/around/${encodeURIComponent(study)}/studies/${encodeURIComponent(study)}`
    const get = (address, headers = { Accept: 'application/dicom+json' }) =>
      fetch(address, { headers, signal, credentials: 'same-origin', priority: 'low' })
    const json = async (address) => {
      const response = await get(address)
      return response.ok ? response.json() : []
    }
    try {
      const series = (await json(`${root}/series`))
        .map((each) => valueOf(each, '0020000E'))
        .filter(Boolean)
        .slice(0, most.series)
      const frames = []
      for (const uid of series) {
        const instances = await json(`${root}/series/${uid}/metadata`)
        if (frames.length > 0) continue
        frames.push(
          ...instances
            .filter((each) => valueOf(each, '00280010') !== undefined)
            .sort((a, b) => Number(valueOf(a, '00200013') ?? 0) - Number(valueOf(b, '00200013') ?? 0))
            .slice(0, most.frames)
            .map((each) => `${root}/series/${uid}/instances/${valueOf(each, '00080018')}/frames/1`),
        )
      }
      const worker = async () => {
        for (let address = frames.shift(); address !== undefined; address = frames.shift())
          await (await get(address, { Accept: accept })).arrayBuffer()
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
    } catch {
      // A study that could not be fetched ahead is fetched when it is opened.
    }
  }
})()
