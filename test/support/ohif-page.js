/** In the page of OHIF, for tests (ohif.ts): what it has of a study, and what the active viewport shows. Its services stand on its window. */
window.probe = {
  /** What one of the functions below answers, as soon as it answers something; undefined after `patience` milliseconds. */
  async when(patience, name, ...parameters) {
    for (const until = Date.now() + patience; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const answer = await this[name](...parameters)
      if (answer !== undefined) return answer
    }
    return undefined
  },

  /** The display sets of a study, as soon as all these instances have one. */
  displaySets(study, SOPInstanceUIDs) {
    if (window.services === undefined || !location.search.endsWith(`=${study}`)) return undefined
    const displaySets = window.services.displaySetService
      .getActiveDisplaySets()
      .filter(({ StudyInstanceUID }) => StudyInstanceUID === study)
      .map((displaySet) => ({
        uid: displaySet.displaySetInstanceUID,
        SOPInstanceUIDs: (displaySet.instances ?? [displaySet.instance ?? displaySet]).map(({ SOPInstanceUID }) => SOPInstanceUID),
        unsupported: displaySet.unsupported === true,
      }))
    const there = new Set(displaySets.flatMap((displaySet) => displaySet.SOPInstanceUIDs))
    const drawn = document.querySelector('[data-cy="viewport-pane"]') !== null || displaySets.every(({ unsupported }) => unsupported)
    return drawn && SOPInstanceUIDs.every((uid) => there.has(uid)) ? displaySets : undefined
  },

  /** Puts a display set into the active viewport. */
  choose(displaySet) {
    const { viewportGridService, hangingProtocolService } = window.services
    const { activeViewportId, viewports, isHangingProtocolLayout } = viewportGridService.getState()
    if (viewports.get(activeViewportId)?.displaySetInstanceUIDs.includes(displaySet)) return
    const viewportsToUpdate = hangingProtocolService.getViewportsRequireUpdate(activeViewportId, displaySet, isHangingProtocolLayout)
    window.commandsManager.run('setDisplaySetsForViewports', { viewportsToUpdate })
  },

  /** What the active viewport shows of this display set, the first image of this instance if it has images; undefined as long as there is nothing. */
  async look(displaySet, SOPInstanceUID) {
    const { viewportGridService, cornerstoneViewportService } = window.services
    const { activeViewportId, viewports } = viewportGridService.getState()
    const pane = document.querySelector('[data-cy="viewport-pane"][data-is-active="true"]')
    if (pane === null || !viewports.get(activeViewportId)?.displaySetInstanceUIDs.includes(displaySet)) return undefined
    if (pane.querySelector('object[type="application/pdf"][data^="blob:"]') !== null) return { kind: 'pdf' }
    const canvas = pane.querySelector('canvas.cornerstone-canvas')
    if (canvas === null) return /^\s*$|Loading/.test(pane.innerText) ? undefined : { kind: 'text', text: pane.innerText }
    const viewport = cornerstoneViewportService.getCornerstoneViewport(activeViewportId)
    if (viewport === undefined) return undefined
    if (viewport.type === 'wholeSlide') return { kind: 'slide' }
    if (viewport.type === 'stack') {
      if (viewport.viewportStatus !== 'rendered') return undefined
      const isOfInstance = (imageId) => imageId?.includes(`/instances/${SOPInstanceUID}/`) === true
      const index = viewport.getImageIds().findIndex(isOfInstance)
      // A report on images has none of its own: it is shown upon those.
      if (index >= 0 && !isOfInstance(viewport.getCurrentImageId())) {
        await viewport.setImageIdIndex(index)
        viewport.render()
      }
    }
    // What was drawn reaches the canvas with the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    const greys = new Set()
    let digest = 0
    let coloured = false
    for (let at = 0; at < pixels.length; at += 4) {
      const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]]
      greys.add(red)
      digest = (Math.imul(digest, 31) + red + 7 * green + 13 * blue) | 0
      coloured ||= Math.max(red, green, blue) - Math.min(red, green, blue) > 24
    }
    return greys.size > 2 ? { kind: 'picture', greys: greys.size, digest, coloured } : undefined
  },
}
