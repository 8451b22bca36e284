/**
 * What is on the screen of the viewer, in DICOM's words: the image in the active viewport with its window and what was drawn on it (for a key image), a
 * measurement as a line of text with its anchor, and the way back from an anchor to its image.
 */
globalThis.readingImages = (() => {
  'use strict'

  /** `…/studies/1.2/series/3.4/instances/5.6/frames/1` at the end of every imageId. */
  const placeOf = (imageId) => {
    const [, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, frame] =
      /\/studies\/([^/]+)\/series\/([^/]+)\/instances\/([^/?]+)(?:\/frames\/(\d+))?/.exec(imageId ?? '') ?? []
    return SOPInstanceUID && { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, frame: Number(frame ?? 1) }
  }
  const isSamePlace = (a, b) => a !== undefined && b !== undefined && a.SOPInstanceUID === b.SOPInstanceUID && a.frame === b.frame

  const round = (value, digits = 1) => {
    const power = 10 ** digits
    return Number.isFinite(value) ? Math.round(value * power) / power : undefined
  }

  const words = {
    zh: {
      length: '长径',
      size: '大小约',
      area: '面积',
      mean: '平均',
      angle: '角度',
      value: '值',
      series: '序列',
      image: '图像',
      open: '（',
      close: '）',
      comma: '，',
    },
    en: {
      length: 'length',
      size: 'size',
      area: 'area',
      mean: 'mean',
      angle: 'angle',
      value: 'value',
      series: 'Se ',
      image: 'Im ',
      open: ' (',
      close: ')',
      comma: ', ',
    },
  }

  /** How each tool's figures read in a sentence; `undefined` where there is nothing to say yet. PS3.3 has no units for pixels: the viewer's are kept. */
  const sentences = {
    Length: (say, { length, unit }) => length && `${say.length} ${round(length)} ${unit ?? 'mm'}`,
    Bidirectional: (say, { length, width, unit }) =>
      length && `${say.size} ${round(length)} ${unit ?? 'mm'} × ${round(width)} ${unit ?? 'mm'}`,
    Angle: (say, { angle }) => angle !== undefined && `${say.angle} ${round(angle)}°`,
    CobbAngle: (say, { angle }) => angle !== undefined && `${say.angle} ${round(angle)}°`,
    Probe: (say, { value, modalityUnit }) =>
      value !== undefined &&
      `${say.value} ${[value]
        .flat()
        .map((each) => round(each))
        .join('/')} ${modalityUnit ?? ''}`.trim(),
  }
  const region = (say, { area, areaUnit, mean, modalityUnit }) =>
    area &&
    [
      `${say.area} ${round(area)} ${areaUnit ?? 'mm²'}`,
      mean !== undefined && `${say.mean} ${round([mean].flat()[0])} ${modalityUnit ?? ''}`.trim(),
    ]
      .filter(Boolean)
      .join(say.comma)
  for (const tool of ['EllipticalROI', 'CircleROI', 'RectangleROI', 'PlanarFreehandROI', 'SplineROI', 'LivewireContour'])
    sentences[tool] = region

  const figuresOf = ({ data }) => Object.values(data?.cachedStats ?? {})[0] ?? {}
  const sentenceOf = (say, annotation) => {
    const sentence = sentences[annotation.metadata?.toolName]?.(say, figuresOf(annotation))
    const label = annotation.data?.label || annotation.data?.text || ''
    return [label, sentence].filter(Boolean).join(' ')
  }

  /** Corners of the box around, for an ellipse. */
  const box = (points) => [
    [Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y))],
    [Math.max(...points.map(([x]) => x)), Math.max(...points.map(([, y]) => y))],
  ]
  const mostPoints = 200
  const thinned = (points) => points.filter((_, index) => index % Math.ceil(points.length / mostPoints) === 0)

  /** What a tool drew, as lines and ellipses; points are [column, row] in pixels. */
  const outlines = {
    Length: (points) => [{ kind: 'line', points: points.slice(0, 2) }],
    Bidirectional: (points) => [
      { kind: 'line', points: points.slice(0, 2) },
      { kind: 'line', points: points.slice(2, 4) },
    ],
    // The tool's first point is the tip; ours is an arrow from its tail to its tip.
    ArrowAnnotate: ([tip, tail]) => [{ kind: 'arrow', points: [tail, tip] }],
    Angle: (points) => [{ kind: 'polyline', points }],
    CobbAngle: (points) => [
      { kind: 'line', points: points.slice(0, 2) },
      { kind: 'line', points: points.slice(2, 4) },
    ],
    Probe: ([point]) => [{ kind: 'point', points: [point] }],
    RectangleROI: ([a, b, c, d]) => [{ kind: 'polyline', points: [a, b, d, c, a] }],
    EllipticalROI: (points) => [{ kind: 'ellipse', points: box(points) }],
    CircleROI: ([[x, y], [ex, ey]]) => {
      const radius = Math.hypot(ex - x, ey - y)
      return [
        {
          kind: 'ellipse',
          points: [
            [x - radius, y - radius],
            [x + radius, y + radius],
          ],
        },
      ]
    },
  }
  const mostShapes = 20

  return ({ servicesManager, language }) => {
    const { viewportGridService, displaySetService, cornerstoneViewportService } = servicesManager.services
    const say = words[language]

    const grid = () => {
      try {
        return viewportGridService.getState()
      } catch {
        // Before the first mode is entered it has no state and throws.
        return {}
      }
    }
    const viewportOf = (id) => cornerstoneViewportService.getCornerstoneViewport(id)
    const imageIdIn = (id) => {
      try {
        return viewportOf(id)?.getCurrentImageId?.()
      } catch {
        return undefined
      }
    }
    const instanceOf = (imageId) => window.cornerstone?.metaData.get('instance', imageId)

    const annotationsOn = (place) =>
      (window.cornerstoneTools.annotation?.state.getAllAnnotations() ?? []).filter(
        ({ metadata, isVisible }) => isVisible !== false && isSamePlace(placeOf(metadata?.referencedImageId), place),
      )

    /** In pixels of the image, column and row from its upper left corner. */
    const pixelsOf = (imageId, worldPoints) =>
      worldPoints
        .map((point) => window.cornerstone.utilities.worldToImageCoords(imageId, point))
        .filter(Boolean)
        .map(([x, y]) => [round(x, 2), round(y, 2)])

    const shapesOf = (imageId, annotation) => {
      try {
        const { toolName } = annotation.metadata
        const contour = annotation.data.contour?.polyline
        if (contour) return [{ kind: 'polyline', points: thinned(pixelsOf(imageId, contour)) }]
        return outlines[toolName]?.(pixelsOf(imageId, annotation.data.handles.points)) ?? []
      } catch {
        // Half drawn.
        return []
      }
    }
    /** In parts of the image's width and height: right on the whole image and on every small picture of it. */
    const inParts = (shape, { Columns, Rows }) => ({
      ...shape,
      points: shape.points.map(([x, y]) => [round(x / Columns, 5), round(y / Rows, 5)]),
    })
    const drawnOn = (imageId, place, instance) =>
      annotationsOn(place)
        .flatMap((annotation) =>
          shapesOf(imageId, annotation).map((shape, index) => ({
            ...inParts(shape, instance),
            text: index === 0 ? sentenceOf(say, annotation).slice(0, 200) : '',
          })),
        )
        .slice(0, mostShapes)

    /** In the units of the modality; null where the picture has colours or its numbers are not those of the image. */
    const windowOf = (viewport, { Modality, SamplesPerPixel }) => {
      const range = viewport.getProperties?.().voiRange
      if (!range || Modality === 'PT' || Number(SamplesPerPixel) > 1) return null
      const { windowCenter, windowWidth } = window.cornerstone.utilities.windowLevel.toWindowLevel(range.lower, range.upper)
      return Number.isFinite(windowWidth) && windowWidth > 0
        ? { center: round(windowCenter, 2), width: Math.max(1, round(windowWidth, 2)) }
        : null
    }

    /** The image before the eyes; undefined for a document, a volume that was turned, an empty viewport. */
    const active = () => {
      const { activeViewportId } = grid()
      const imageId = activeViewportId && imageIdIn(activeViewportId)
      const place = placeOf(imageId)
      const instance = place && instanceOf(imageId)
      if (!instance) return undefined
      return { imageId, place, instance, viewport: viewportOf(activeViewportId) }
    }

    /** `（序列3:图像45）`: of an image of several frames the frame. */
    const anchorOf = ({ place, instance }) => ({
      StudyInstanceUID: place.StudyInstanceUID,
      StudyDate: String(instance.StudyDate ?? ''),
      series: Number(instance.SeriesNumber ?? 0),
      image: Number(instance.NumberOfFrames ?? 1) > 1 ? place.frame : Number(instance.InstanceNumber ?? place.frame),
    })

    const keyImage = () => {
      const image = active()
      if (image === undefined) return undefined
      const { imageId, place, instance, viewport } = image
      const { StudyInstanceUID, ...where } = place
      const shapes = drawnOn(imageId, place, instance)
      const caption = shapes
        .map(({ text }) => text)
        .filter(Boolean)
        .join(say.comma)
        .slice(0, 100)
      return { StudyInstanceUID, image: { ...where, caption, window: windowOf(viewport, instance), shapes }, anchor: anchorOf(image) }
    }

    /** The measurement that is selected, else the last one that was made. */
    const measurement = () => {
      const { annotation } = window.cornerstoneTools
      const [selected] = annotation?.selection.getAnnotationsSelected() ?? []
      const all = annotation?.state.getAllAnnotations() ?? []
      const chosen = all.find(({ annotationUID }) => annotationUID === selected) ?? all.findLast((each) => sentenceOf(say, each) !== '')
      const imageId = chosen?.metadata?.referencedImageId
      const place = placeOf(imageId)
      const instance = place && instanceOf(imageId)
      const text = chosen && sentenceOf(say, chosen)
      return instance && text ? { text, anchor: anchorOf({ place, instance }) } : undefined
    }

    /** Where an anchor or a key image points: the display set that has it, and which of its images. */
    const find = ({ StudyInstanceUID, SOPInstanceUID, frame, series, image }) => {
      const numbered = (instance) =>
        Number(instance.SeriesNumber) === series &&
        (Number(instance.InstanceNumber) === image || Number(instance.NumberOfFrames ?? 1) >= image)
      for (const displaySet of displaySetService.getActiveDisplaySets()) {
        if (displaySet.StudyInstanceUID !== StudyInstanceUID) continue
        const instances = displaySet.instances ?? (displaySet.instance ? [displaySet.instance] : [])
        const exact = instances.find((each) =>
          SOPInstanceUID
            ? each.SOPInstanceUID === SOPInstanceUID
            : Number(each.SeriesNumber) === series && Number(each.InstanceNumber) === image,
        )
        const instance =
          exact ?? (SOPInstanceUID ? undefined : instances.find((each) => Number(each.NumberOfFrames ?? 1) > 1 && numbered(each)))
        if (!instance) continue
        const frames = Number(instance.NumberOfFrames ?? 1)
        return { displaySet, SOPInstanceUID: instance.SOPInstanceUID, frame: frame ?? (frames > 1 ? Math.min(image, frames) : 1) }
      }
      return undefined
    }

    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    const patience = 10_000

    /** Brings an image before the eyes: in the viewport that has its series, else in one of its study, else in the active one. False: it is not here. */
    const goTo = async (target, show) => {
      const found = find(target)
      if (found === undefined) return false
      const { displaySetInstanceUID: uid } = found.displaySet
      const { viewports, activeViewportId } = grid()
      const ids = [...viewports.keys()]
      const has = (id, wanted) =>
        (viewports.get(id)?.displaySetInstanceUIDs ?? []).filter(Boolean).some((each) => wanted(displaySetService.getDisplaySetByUID(each)))
      const id =
        ids.find((each) => has(each, (displaySet) => displaySet?.displaySetInstanceUID === uid)) ??
        ids.find((each) => has(each, (displaySet) => displaySet?.StudyInstanceUID === target.StudyInstanceUID)) ??
        activeViewportId
      viewportGridService.setActiveViewportId(id)
      if (!has(id, (displaySet) => displaySet?.displaySetInstanceUID === uid)) show(id, uid)
      const wanted = { SOPInstanceUID: found.SOPInstanceUID, frame: found.frame }
      for (const until = Date.now() + patience; Date.now() < until; await sleep(100)) {
        const viewport = viewportOf(id)
        const index = viewport?.getImageIds?.().findIndex((each) => isSamePlace(placeOf(each), wanted)) ?? -1
        if (index < 0) continue
        if (viewport.type === 'stack') await viewport.setImageIdIndex(index)
        else await window.cornerstone.utilities.jumpToSlice(viewport.element, { imageIndex: index })
        if (target.window)
          viewport.setProperties({
            voiRange: window.cornerstone.utilities.windowLevel.toLowHighRange(target.window.width, target.window.center),
          })
        viewport.render()
        return true
      }
      return false
    }

    return { grid, viewportOf, imageIdIn, instanceOf, placeOf, keyImage, measurement, goTo }
  }
})()
