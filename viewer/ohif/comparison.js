/**
 * A prior study beside the current one: its series that matches best in the right half, scrolled along with the left. Whoever scrolls either moves the
 * other by as many millimetres, from where the two were linked; where the images have no places in space, by the same part of the way.
 */
globalThis.readingComparison = (() => {
  'use strict'

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const patience = 20_000

  const numbers = (value) => (Array.isArray(value) ? value : String(value ?? '').split('\\')).map(Number)
  const normalOf = (instance) => {
    const [a, b, c, d, e, f] = numbers(instance?.ImageOrientationPatient)
    const normal = [b * f - c * e, c * d - a * f, a * e - b * d]
    return normal.every(Number.isFinite) && Math.hypot(...normal) > 0.5 ? normal : undefined
  }
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

  /** Along the normal of the slices, in millimetres. */
  const heightOf = (instance, normal) => {
    const position = numbers(instance?.ImagePositionPatient)
    return normal && position.length === 3 && position.every(Number.isFinite) ? dot(position, normal) : undefined
  }

  const wordsOf = (text) =>
    new Set(
      String(text ?? '')
        .toLowerCase()
        .split(/[^\p{L}\p{N}.]+/u)
        .filter(Boolean),
    )
  const alike = (a, b) => {
    const [mine, theirs] = [wordsOf(a), wordsOf(b)]
    return [...mine].filter((word) => theirs.has(word)).length / Math.max(1, mine.size, theirs.size)
  }

  /** How well a series of the prior goes beside one of the current study; below zero: not at all. */
  const likeness = (mine, theirs) => {
    if (theirs.unsupported || theirs.Modality !== mine.Modality || !(theirs.instances?.length > 0)) return -1
    const [a, b] = [mine.instances?.[0], theirs.instances[0]]
    const [normalA, normalB] = [normalOf(a), normalOf(b)]
    const parallel = normalA && normalB ? Math.abs(dot(normalA, normalB)) > 0.9 : normalA === normalB
    const thickness = Math.abs(Number(a?.SliceThickness) - Number(b.SliceThickness)) < 0.6
    const view = a?.ViewPosition && a.ViewPosition === b.ViewPosition
    const count =
      Math.min(mine.instances?.length ?? 1, theirs.instances.length) / Math.max(mine.instances?.length ?? 1, theirs.instances.length)
    return (parallel ? 4 : 0) + (thickness ? 2 : 0) + (view ? 3 : 0) + 2 * alike(mine.SeriesDescription, theirs.SeriesDescription) + count
  }

  return ({ servicesManager, commandsManager, extensionManager, images }) => {
    const { viewportGridService, displaySetService } = servicesManager.services
    /** Viewport ids of the pair and where each stood when they were linked; null: not linked. */
    let link = null
    let wanted = true
    const listeners = new Set()
    const changed = () => {
      for (const listener of listeners) listener()
    }

    const displaySetIn = (id) => {
      const [uid] = images.grid().viewports?.get(id)?.displaySetInstanceUIDs ?? []
      return uid && displaySetService.getDisplaySetByUID(uid)
    }
    const setsOf = (StudyInstanceUID) =>
      displaySetService.getActiveDisplaySets().filter((each) => each.StudyInstanceUID === StudyInstanceUID)

    /** The study's series are here; what the study list of the viewer asks for when somebody opens a prior in it. */
    const load = async (StudyInstanceUID) => {
      if (setsOf(StudyInstanceUID).length > 0) return true
      const [dataSource] = extensionManager.getActiveDataSource()
      await dataSource.retrieve.series.metadata({ StudyInstanceUID })
      for (const until = Date.now() + patience; Date.now() < until; await sleep(100)) if (setsOf(StudyInstanceUID).length > 0) return true
      return false
    }

    const show = (viewportId, displaySetInstanceUID) =>
      commandsManager.runCommand('setDisplaySetsForViewports', {
        viewportsToUpdate: [{ viewportId, displaySetInstanceUIDs: [displaySetInstanceUID] }],
      })

    const best = (mine, StudyInstanceUID) => {
      const ranked = setsOf(StudyInstanceUID).map((displaySet) => ({ displaySet, score: likeness(mine, displaySet) }))
      const fit = ranked.filter(({ score }) => score >= 0).sort((a, b) => b.score - a.score)[0]
      return fit?.displaySet
    }

    const pointOf = (id) => {
      const viewport = images.viewportOf(id)
      const imageIds = viewport?.getImageIds?.() ?? []
      const imageId = images.imageIdIn(id)
      const index = viewport?.getSliceIndex?.() ?? viewport?.getCurrentImageIdIndex?.() ?? imageIds.indexOf(imageId)
      return { viewport, imageIds, index, instance: imageId && images.instanceOf(imageId) }
    }

    /** From where they stand now, or at the middle of what both have. */
    const linkPair = (left, right) => {
      const [a, b] = [pointOf(left), pointOf(right)]
      if (a.imageIds.length < 2 || b.imageIds.length < 2) return unlink()
      link = {
        [left]: { other: right, index: a.index, instance: a.instance },
        [right]: { other: left, index: b.index, instance: b.instance },
      }
      changed()
    }
    const unlink = () => {
      link = null
      changed()
    }

    /** Which image of the other viewport belongs to the one that this one has come to. */
    const counterpart = (id) => {
      const here = link[id]
      const there = link[here.other]
      const now = pointOf(id)
      const other = pointOf(here.other)
      const [normalHere, normalThere] = [normalOf(here.instance), normalOf(there.instance)]
      const moved = heightOf(now.instance, normalHere) - heightOf(here.instance, normalHere)
      const start = heightOf(there.instance, normalThere)
      if (Number.isFinite(moved) && Number.isFinite(start) && Math.abs(dot(normalHere, normalThere)) > 0.9) {
        const goal = start + moved * Math.sign(dot(normalHere, normalThere))
        const heights = other.imageIds.map((imageId) => heightOf(images.instanceOf(imageId), normalThere))
        const nearest = heights.reduce(
          (found, height, index) => (Math.abs(height - goal) < Math.abs(heights[found] - goal) ? index : found),
          0,
        )
        return { ...other, to: nearest }
      }
      const part = (now.index - here.index) / Math.max(1, now.imageIds.length - 1)
      return { ...other, to: Math.round(there.index + part * (other.imageIds.length - 1)) }
    }

    /** Viewports that were moved by us, so that they do not move the first again. */
    const echoes = new Set()
    const follow = (id) => {
      if (link === null || !link[id]) return
      if (echoes.delete(id)) return
      const { viewport, imageIds, index, to } = counterpart(id)
      const goal = Math.min(imageIds.length - 1, Math.max(0, to))
      if (!viewport || goal === index) return
      echoes.add(link[id].other)
      setTimeout(() => echoes.delete(link?.[id]?.other), 250)
      if (viewport.type === 'stack') void viewport.setImageIdIndex(goal)
      else void window.cornerstone.utilities.jumpToSlice(viewport.element, { imageIndex: goal })
    }
    for (const event of ['CORNERSTONE_STACK_NEW_IMAGE', 'CORNERSTONE_VOLUME_NEW_IMAGE']) {
      // They do not bubble; on the way down they are seen.
      document.addEventListener(event, ({ detail }) => follow(detail?.viewportId), { capture: true })
    }

    const pair = () => {
      const { viewports } = images.grid()
      const ids = [...(viewports?.keys() ?? [])]
      const [left, right] = ids
      const [a, b] = [displaySetIn(left), displaySetIn(right)]
      return ids.length === 2 && a && b && a.StudyInstanceUID !== b.StudyInstanceUID ? [left, right] : undefined
    }

    /** Waits until both have an image: then where they are is where they are linked. */
    const linkWhenShown = async () => {
      for (const until = Date.now() + patience; Date.now() < until; await sleep(150)) {
        const ids = pair()
        if (ids?.every((id) => images.imageIdIn(id))) return wanted ? linkPair(...ids) : undefined
      }
    }

    /** The prior's best match in the right half. False: it has no series that goes beside this one. */
    const beside = async (StudyInstanceUID, isStillWanted = () => true) => {
      const [first] = images.grid().viewports?.keys() ?? []
      const mine = displaySetIn(first)
      if (!mine || mine.StudyInstanceUID === StudyInstanceUID || !(await load(StudyInstanceUID)) || !isStillWanted()) return false
      const theirs = best(mine, StudyInstanceUID)
      if (!theirs) return false
      unlink()
      commandsManager.runCommand('setViewportGridLayout', { numRows: 1, numCols: 2 })
      // The layout is changed in a while, on a slow PC in a long one.
      const two = () => [...(images.grid().viewports?.keys() ?? [])].slice(0, 2)
      for (const until = Date.now() + patience; two().length < 2 && Date.now() < until; ) await sleep(50)
      const [left, right] = two()
      if (right === undefined || !isStillWanted()) return false
      if (displaySetIn(left)?.displaySetInstanceUID !== mine.displaySetInstanceUID) show(left, mine.displaySetInstanceUID)
      show(right, theirs.displaySetInstanceUID)
      viewportGridService.setActiveViewportId(left)
      void linkWhenShown()
      return true
    }

    const alone = () => {
      unlink()
      commandsManager.runCommand('setViewportGridLayout', { numRows: 1, numCols: 1 })
    }

    return {
      beside,
      alone,
      load,
      show,
      isPair: () => pair() !== undefined,
      isLinked: () => link !== null,
      /** Whether pairs are linked as they come; a doctor who switches it off has it off for the next patient too. */
      setLinked(value) {
        wanted = value
        const ids = pair()
        if (!value || ids === undefined) unlink()
        else linkPair(...ids)
      },
      /** The pair has gone; the next is linked again. */
      release: () => link !== null && pair() === undefined && unlink(),
      onChange: (listener) => listeners.add(listener),
    }
  }
})()
