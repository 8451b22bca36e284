/**
 * The line to the report: an extension of the viewer that speaks over the BroadcastChannel `reading` of our origin, in events named as FHIRcast names them
 * (IHE RAD IRA: RAD-146 … RAD-156; README.md has the list). The report says whose images are wanted; the viewer says what it really shows, and hands over
 * key images, measurements and the keys that belong to the portal.
 */
globalThis.readingBridge = (() => {
  'use strict'

  const words = {
    zh: {
      current: '本次',
      prior: '既往',
      sameDay: '同日',
      days: (n) => `${n} 天前`,
      months: (n) => `${n} 个月前`,
      years: (n) => `${n} 年前`,
      keyImage: '关键图像',
      measurement: '测量入报告',
      link: '联动滚动',
      beside: '并排既往',
      stranger: '⚠ 不是本报告的患者',
      noImage: '当前视图不是可截取的图像',
      noMeasurement: '没有可放入报告的测量',
      notHere: '找不到该图像',
      noMatch: '该既往检查没有可并排的序列',
      notCurrent: '既往检查的图像不能放入本次报告',
    },
    en: {
      current: 'Current',
      prior: 'Prior',
      sameDay: 'same day',
      days: (n) => `${n} d earlier`,
      months: (n) => `${n} months earlier`,
      years: (n) => `${n} years earlier`,
      keyImage: 'Key image',
      measurement: 'Measurement to report',
      link: 'Linked scroll',
      beside: 'Prior beside',
      stranger: '⚠ Not the patient of the report',
      noImage: 'This view is no image that can be captured',
      noMeasurement: 'There is no measurement to hand over',
      notHere: 'That image is not here',
      noMatch: 'That prior has no series that goes beside this one',
      notCurrent: 'An image of a prior cannot go into this report',
    },
  }

  const isUID = (text) => typeof text === 'string' && /^[0-9.]{1,64}$/.test(text)
  /** As many instances as one search answers. */
  const mostInstances = 1_000
  const uidsOf = (list, most) => (Array.isArray(list) ? list.filter(isUID).slice(0, most) : [])

  const dayOf = (date) => {
    const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)/.exec(String(date ?? '')) ?? []
    return year && Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000
  }

  /** How long before the current study, in the largest unit that is told by a small number. */
  const earlier = (say, prior, current) => {
    const days = dayOf(current) - dayOf(prior)
    if (!Number.isFinite(days) || days < 0) return ''
    if (days === 0) return say.sameDay
    if (days < 31) return say.days(days)
    return days < 730 ? say.months(Math.round(days / 30.4)) : say.years(Math.round(days / 365.25))
  }

  /** Keys that the browser itself answers, or the viewer (undo, redo). */
  const leftAlone = /^(Key[ACFLRTVWXZY]|Equal|Minus|Digit0|Tab)$/
  const functionKeys = /^F([1-4]|[6-9]|10)$/
  const inField = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

  return ({ language, banner, nameOf, addressOf, studyInAddress }) => {
    const say = words[language]
    /** The report: { StudyInstanceUID, StudyDate, associatedStudies, compare, instances }; null where none is open. */
    let context = null
    let deeds = {}

    /** What stands over each image: whether it is what the report is about. */
    const markOf = (instance) => {
      if (context === null || !instance?.StudyInstanceUID) return null
      if (instance.StudyInstanceUID === context.StudyInstanceUID) return { text: say.current, kind: 'current' }
      if (!context.associatedStudies.includes(instance.StudyInstanceUID)) return { text: say.stranger, kind: 'stranger' }
      return { text: [say.prior, earlier(say, instance.StudyDate, context.StudyDate)].filter(Boolean).join(' · '), kind: 'prior' }
    }
    const colours = { current: '#7ee787', prior: '#ffb454', stranger: '#ff5c5c' }
    const markItem = (kind) => ({
      id: `Reading ${kind}`,
      inheritsFrom: 'ohif.overlayItem',
      label: '',
      attribute: `reading-${kind}`,
      color: colours[kind],
      condition: ({ referenceInstance, instance }) => markOf(referenceInstance ?? instance)?.kind === kind,
      contentF: ({ referenceInstance, instance }) => markOf(referenceInstance ?? instance)?.text ?? '',
    })

    return {
      id: 'reading-bridge',
      version: '2.0.0',

      getCustomizationModule: () => [
        {
          name: 'global',
          value: {
            'cornerstone.windowLevelPresets': {
              $apply: (presets) => ({
                ...presets,
                ...globalThis.readingPresets.presetsOf(language, globalThis.readingPresets.settings().presets),
              }),
            },
            'ohif.hotkeyBindings': { $apply: (bindings) => globalThis.readingPresets.bindingsOf(language, bindings) },
            'viewportOverlay.topLeft': { $unshift: Object.keys(colours).map(markItem) },
          },
        },
      ],

      getCommandsModule: () => {
        const names = ['readingKeyImage', 'readingMeasurement', 'readingLink', 'readingBeside']
        const actions = Object.fromEntries(names.map((name) => [name, () => deeds[name]?.()]))
        return { actions, definitions: actions, defaultContext: 'DEFAULT' }
      },

      preRegistration({ servicesManager, commandsManager, extensionManager, hotkeysManager }) {
        const { viewportGridService, displaySetService, customizationService } = servicesManager.services
        const images = globalThis.readingImages({ servicesManager, language })
        const comparison = globalThis.readingComparison({ servicesManager, commandsManager, extensionManager, images })
        const channel = new BroadcastChannel('reading')
        // The name of the frame, or of the window that took its place, given by the page of the report: two reports never move each other's viewer.
        const topic = window.name.replace(/-window$/, '')
        const send = (event, about = {}) =>
          channel.postMessage({ 'hub.topic': topic, 'hub.event': event, timestamp: new Date().toISOString(), context: about })
        let settings = globalThis.readingPresets.settings()
        let told = ''
        let askedAt = performance.now()
        /** Studies of which an image was drawn since the report was opened, and after how many milliseconds the wanted one was. */
        let drawn = new Set()
        let firstImageMs = null
        /** Studies that the viewer has in its memory. */
        const known = new Set()
        /** Instances that the study still has; null: all that are in memory. */
        let present = null
        /** Layouts that we set are not the doctor's. */
        let oursUntil = 0
        let bar = null

        const displaySetsShown = () => {
          const { activeViewportId, viewports } = images.grid()
          const ids = [...(viewports?.keys() ?? [])].sort((a, b) => Number(b === activeViewportId) - Number(a === activeViewportId))
          return ids
            .map((id) => viewports.get(id).displaySetInstanceUIDs?.[0])
            .map((uid) => uid && displaySetService.getDisplaySetByUID(uid))
            .filter(Boolean)
        }
        const instanceIn = (displaySet) => displaySet.instance ?? displaySet.instances?.[0]

        /** What the eyes are on, not what was asked for: the active viewport first. */
        const tell = (again) => {
          const shown = displaySetsShown()
          const instance = shown[0] && instanceIn(shown[0])
          banner.show(instance)
          if (!instance) return
          const studies = [...new Set(shown.map(({ StudyInstanceUID }) => StudyInstanceUID))]
          const { StudyInstanceUID, PatientID, PatientName } = instance
          const about = {
            StudyInstanceUID,
            PatientID: String(PatientID ?? ''),
            PatientName: nameOf(PatientName),
            studies,
            // A document has nothing that is drawn: it is there as soon as it is shown.
            seen: studies.filter(
              (study) => drawn.has(study) || shown.some((each) => each.StudyInstanceUID === study && !each.instances?.[0]?.Rows),
            ),
            firstImageMs,
          }
          const text = JSON.stringify(about)
          if (text === told && !again) return
          told = text
          send('ImagingStudy-open', about)
          draw()
        }

        const prior = () => context?.compare ?? context?.associatedStudies[0]
        const draw = () => bar?.draw(context !== null)
        const buttons = () => [
          { id: 'key-image', text: say.keyImage, key: 'K', press: () => deeds.readingKeyImage() },
          { id: 'measurement', text: say.measurement, key: 'M', press: () => deeds.readingMeasurement() },
          {
            id: 'beside',
            text: say.beside,
            key: 'O',
            press: () => deeds.readingBeside(),
            pressed: comparison.isPair(),
            hidden: prior() === undefined,
          },
          {
            id: 'link',
            text: say.link,
            key: 'X',
            press: () => deeds.readingLink(),
            pressed: comparison.isLinked(),
            hidden: !comparison.isPair(),
          },
        ]
        bar = globalThis.readingBar({ buttons })
        comparison.onChange(draw)

        const keep = (changes) => {
          settings = { ...settings, ...changes }
          send('settings', changes)
        }

        /**
         * The build asks for a study once and remembers it until the page is loaded anew: images that came since would be missing, originals that a retake
         * took the place of would still be there. (Its own way to forget, `deleteStudyMetadataPromise`, forgets nothing unless the key is spelt as here.)
         */
        const renew = async (study) => {
          const [dataSource] = extensionManager.getActiveDataSource()
          dataSource.deleteStudyMetadataPromise(`archive:${study}`)
          const root = `/dicomweb/around/${study}/studies/${study}/instances`
          const response = await fetch(root, { headers: { Accept: 'application/dicom+json' }, credentials: 'same-origin' }).catch(
            () => undefined,
          )
          const instances = response?.status === 200 ? await response.json().catch(() => []) : []
          // Of a longer list only the beginning is told: nothing can be known to have gone.
          present =
            instances.length > 0 && instances.length < mostInstances ? new Set(instances.map((each) => each['00080018']?.Value?.[0])) : null
        }
        const dropGone = () => {
          if (present === null || context === null) return
          for (const { StudyInstanceUID, instances = [], displaySetInstanceUID } of displaySetService.getActiveDisplaySets())
            if (
              StudyInstanceUID === context.StudyInstanceUID &&
              instances.length > 0 &&
              !instances.some(({ SOPInstanceUID }) => present.has(SOPInstanceUID))
            )
              displaySetService.deleteDisplaySet(displaySetInstanceUID)
        }
        displaySetService.subscribe(displaySetService.EVENTS.DISPLAY_SETS_ADDED, () => dropGone())

        const ours = (act) => {
          oursUntil = performance.now() + 1_500
          return act()
        }
        const beside = async (study) => {
          const asked = context
          return ours(() => comparison.beside(study, () => context === asked)).then((done) => {
            oursUntil = performance.now() + 1_500
            draw()
            return done
          })
        }
        const layoutKey = () => displaySetsShown()[0]?.Modality

        /** Once the first image is here: the prior beside it, or the layout that the doctor last chose for this modality. */
        const arrange = () => {
          comparison.setLinked(settings.linked !== false)
          if (context?.compare && settings.beside !== false) return void beside(context.compare)
          const { rows, columns } = settings.layouts?.[layoutKey()] ?? {}
          const { numRows, numCols } = images.grid().layout ?? {}
          if (rows > 0 && columns > 0 && rows * columns <= 9 && (rows !== numRows || columns !== numCols))
            ours(() => commandsManager.runCommand('setViewportGridLayout', { numRows: rows, numCols: columns }))
        }
        const toolOf = { window: 'WindowLevel', scroll: 'StackScroll', pan: 'Pan', zoom: 'Zoom' }
        const useTool = () => {
          const toolName = toolOf[settings.leftTool]
          if (toolName) commandsManager.runCommand('setToolActiveToolbar', { toolName, toolGroupIds: ['default', 'mpr', 'SRToolGroup'] })
        }

        viewportGridService.subscribe(viewportGridService.EVENTS.LAYOUT_CHANGED, ({ numRows, numCols } = {}) => {
          const modality = layoutKey()
          if (
            context === null ||
            !modality ||
            !(numRows > 0) ||
            performance.now() < oursUntil ||
            firstImageMs === null ||
            comparison.isPair()
          )
            return
          if (numRows * numCols <= 9) keep({ layouts: { ...settings.layouts, [modality]: { rows: numRows, columns: numCols } } })
        })
        const { ACTIVE_VIEWPORT_ID_CHANGED, GRID_STATE_CHANGED, VIEWPORTS_READY } = viewportGridService.EVENTS
        for (const event of [ACTIVE_VIEWPORT_ID_CHANGED, GRID_STATE_CHANGED, VIEWPORTS_READY])
          viewportGridService.subscribe(event, () => tell(false))
        viewportGridService.subscribe(GRID_STATE_CHANGED, () => comparison.release())

        document.addEventListener(
          'CORNERSTONE_IMAGE_RENDERED',
          ({ detail }) => {
            const [uid] = images.grid().viewports?.get(detail?.viewportId)?.displaySetInstanceUIDs ?? []
            const study = uid && displaySetService.getDisplaySetByUID(uid)?.StudyInstanceUID
            if (!study || drawn.has(study)) return
            drawn.add(study)
            const isWanted = context === null || study === context.StudyInstanceUID
            if (isWanted && firstImageMs === null) {
              firstImageMs = Math.round(performance.now() - askedAt)
              setTimeout(() => {
                useTool()
                arrange()
              }, 0)
            }
            tell(false)
          },
          { capture: true },
        )

        deeds = {
          readingKeyImage() {
            const captured = images.keyImage()
            if (captured === undefined) return bar.say(say.noImage)
            if (captured.StudyInstanceUID !== context?.StudyInstanceUID) return bar.say(say.notCurrent)
            send('DiagnosticReport-update', { keyImage: captured.image, anchor: captured.anchor })
          },
          readingMeasurement() {
            const measurement = images.measurement()
            if (measurement === undefined) return bar.say(say.noMeasurement)
            send('DiagnosticReport-update', { measurement })
          },
          readingLink() {
            const linked = !comparison.isLinked()
            comparison.setLinked(linked)
            keep({ linked })
          },
          async readingBeside() {
            if (comparison.isPair()) ours(comparison.alone)
            else if (prior() && !(await beside(prior()))) bar.say(say.noMatch)
            draw()
          },
        }

        const navigate = (study) => commandsManager.runCommand('navigateHistory', { to: addressOf(study), options: { replace: true } })
        const isHere = (study) => studyInAddress(new URLSearchParams(location.search)) === study

        let fetching = new AbortController()
        /** What comes from the portal, by its name. RAD-148, RAD-149, RAD-151, RAD-153, RAD-155. */
        const answers = {
          async 'DiagnosticReport-open'({ StudyInstanceUID, StudyDate, associatedStudies, compare, instances }) {
            if (!isUID(StudyInstanceUID)) return
            const before = context
            const isSame = before?.StudyInstanceUID === StudyInstanceUID
            const opened = {
              StudyInstanceUID,
              StudyDate: String(StudyDate ?? ''),
              associatedStudies: uidsOf(associatedStudies, 200),
              compare: isUID(compare) ? compare : undefined,
              instances: Number(instances) || 0,
            }
            context = opened
            fetching.abort()
            bar.warn(null)
            if (!isSame) {
              askedAt = performance.now()
              firstImageMs = null
              drawn = new Set()
              present = null
            }
            const again = known.has(StudyInstanceUID)
            known.add(StudyInstanceUID)
            if (isSame && isHere(StudyInstanceUID)) {
              if (before.instances !== opened.instances && again) {
                // More has come, or some was put aside, while somebody looks at it: the list follows, what is on the screen stays.
                await renew(StudyInstanceUID)
                const [dataSource] = extensionManager.getActiveDataSource()
                await dataSource.retrieve.series.metadata({ StudyInstanceUID })
                dropGone()
              }
              return tell(true)
            }
            if (again) await renew(StudyInstanceUID)
            if (context !== opened) return
            if (again || !isHere(StudyInstanceUID)) return navigate(StudyInstanceUID)
            // It may have been drawn before anybody asked: the next drawing says so.
            for (const id of images.grid().viewports?.keys() ?? []) images.viewportOf(id)?.render?.()
            tell(true)
          },
          'DiagnosticReport-close'() {
            context = null
            bar.warn(null)
            draw()
          },
          async 'DiagnosticReport-select'({ window: voi, ...target }) {
            if (!isUID(target.StudyInstanceUID)) return
            if (isHere(context?.StudyInstanceUID) && target.StudyInstanceUID !== context?.StudyInstanceUID)
              await comparison.load(target.StudyInstanceUID)
            const done = await images.goTo({ ...target, ...(voi ? { window: voi } : {}) }, comparison.show)
            if (!done) bar.say(say.notHere)
          },
          /** Another study of the same person: beside the current one. */
          async 'ImagingStudy-open'({ StudyInstanceUID }) {
            if (!isUID(StudyInstanceUID)) return
            if (context === null) return navigate(StudyInstanceUID)
            if (StudyInstanceUID === context.StudyInstanceUID)
              return isHere(StudyInstanceUID) ? ours(comparison.alone) : navigate(StudyInstanceUID)
            if (await beside(StudyInstanceUID)) return
            // Another kind of picture: it takes the active viewport by itself.
            await comparison.load(StudyInstanceUID)
            const first = displaySetService
              .getActiveDisplaySets()
              .find((each) => each.StudyInstanceUID === StudyInstanceUID && !each.unsupported)
            if (first) comparison.show(images.grid().activeViewportId, first.displaySetInstanceUID)
            else bar.say(say.noMatch)
          },
          syncerror: ({ text }) => bar.warn(typeof text === 'string' ? text : null),
          notice: ({ text }) => typeof text === 'string' && bar.say(text),
          heartbeat: () => send('heartbeat'),
          'get-current-context': () => tell(true),
          settings(changes) {
            settings = { ...settings, ...changes }
            customizationService.setCustomizations(
              {
                'cornerstone.windowLevelPresets': {
                  $apply: (presets) => ({ ...presets, ...globalThis.readingPresets.presetsOf(language, settings.presets) }),
                },
              },
              'global',
            )
            useTool()
            if (comparison.isPair()) comparison.setLinked(settings.linked !== false)
          },
          prefetch({ StudyInstanceUID }) {
            if (!isUID(StudyInstanceUID)) return
            fetching.abort()
            fetching = new AbortController()
            void globalThis.readingPrefetch(StudyInstanceUID, window.config.dataSources[0].configuration.acceptHeader[0], fetching.signal)
          },
        }
        channel.addEventListener('message', ({ data }) => {
          if (typeof data !== 'object' || data === null || data['hub.topic'] !== topic || !Object.hasOwn(answers, data['hub.event'])) return
          void answers[data['hub.event']](data.context ?? {})
        })

        /** The viewer has a use of its own for this key. */
        const isViewersKey = (code) => {
          const key = code.replace(/^(Key|Digit|Numpad)/, '').toLowerCase()
          return Object.values(hotkeysManager.hotkeyDefinitions ?? {}).some(({ keys }) =>
            [keys].flat().some((each) => String(each).toLowerCase() === key),
          )
        }
        /** `code`: the same key on every layout and under every input method. */
        const isPortals = ({ code, ctrlKey, metaKey, altKey, target }) => {
          if (ctrlKey || metaKey) return !leftAlone.test(code) && /^(Key|Digit|Enter|NumpadEnter|Arrow|F\d)/.test(code)
          if (altKey) return /^(Key|Digit|Enter)/.test(code)
          if (functionKeys.test(code)) return true
          return !inField(target) && /^(Key[A-Z]|Digit1|Slash)$/.test(code) && !isViewersKey(code)
        }
        window.addEventListener(
          'keydown',
          (event) => {
            // Shift+1 is `!`, and no preset.
            const bare = event.code === 'Digit1' && !event.shiftKey && !event.ctrlKey && !event.altKey
            if (event.isComposing || event.keyCode === 229 || event.repeat || bare) return
            if (!(event.code === 'Digit1' && event.shiftKey && !inField(event.target)) && !isPortals(event)) return
            event.preventDefault()
            event.stopImmediatePropagation()
            const { code, key, ctrlKey, metaKey, shiftKey, altKey } = event
            send('key', { code, key, ctrlKey: ctrlKey || metaKey, shiftKey, altKey })
          },
          { capture: true },
        )
        // The tools keep a click to themselves, and with it the keyboard where it was: in the report.
        addEventListener('pointerdown', () => document.hasFocus() || window.focus(), { capture: true })
        addEventListener('pagehide', () => send('unsubscribe'))

        send('subscribe')
      },

      /** Between two studies there is nobody's image. */
      onModeExit: () => banner.show(),
    }
  }
})()
