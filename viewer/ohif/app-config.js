/**
 * Configuration of the published OHIF build, served as /app-config.js: the first script of its page. It is the whole of our "fork".
 * The page beside the viewer speaks to it over the BroadcastChannel `reading`; README.md has the messages.
 */
;(() => {
  'use strict'

  // Chrome 109 (the last for Windows 7) lacks it; the viewer calls it.
  if (!Array.prototype.toSorted) {
    Object.defineProperty(Array.prototype, 'toSorted', {
      configurable: true,
      writable: true,
      value: function toSorted(compare) {
        return Array.prototype.slice.call(this).sort(compare)
      },
    })
  }

  // Before anything reads them: the language follows the portal's switch, nobody is led through a tour.
  let language = 'zh'
  try {
    if (localStorage.getItem('language') === 'en') language = 'en'
    localStorage.setItem('i18nextLng', language === 'en' ? 'en-US' : 'zh')
    localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour']))
  } catch {
    // A browser that forbids storage shows English and the tour; the viewer still works.
  }
  // The page says English of itself; by this a browser chooses the shapes of Han characters.
  document.documentElement.lang = { zh: 'zh-CN', en: 'en' }[language]

  const addressOf = (StudyInstanceUID) => `/viewer?StudyInstanceUIDs=${encodeURIComponent(StudyInstanceUID)}`

  /** The study that the address asks for; others may be named after it. */
  const studyInAddress = (query) => {
    for (const [name, value] of query) if (name.toLowerCase() === 'studyinstanceuids') return value.split(',')[0]
    return undefined
  }

  /**
   * The same DICOMweb, restricted to the studies of this study's person: OHIF asks for priors by PatientID alone, and thirty institutions
   * number from 1. Called on the first address and again on every further one inside the running viewer.
   */
  const rootsFor = (configuration, StudyInstanceUID) => {
    const root = `/dicomweb/around/${encodeURIComponent(StudyInstanceUID ?? 'none')}`
    return { ...configuration, qidoRoot: root, wadoRoot: root, wadoUriRoot: root }
  }

  /** A person name as people read it: 张^三 is 张三, a foreign name keeps its order. */
  const nameOf = (name) => {
    const value = Array.isArray(name) ? name[0] : name
    const text = String(value?.Ideographic || (value?.Alphabetic ?? value ?? ''))
    return text.replaceAll('^', /\p{Script=Han}/u.test(text) ? '' : ' ').trim()
  }

  const sexes = { zh: { M: '男', F: '女', O: '其他' }, en: { M: 'male', F: 'female', O: 'other' } }

  /** Whose images the eyes are on, as people read it: name, sex, date of birth, number. */
  const bannerOf = ({ PatientName, PatientSex, PatientBirthDate, PatientID } = {}) => ({
    name: nameOf(PatientName),
    facts: [
      sexes[language][PatientSex],
      String(PatientBirthDate ?? '').replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
      String(PatientID ?? ''),
    ].filter(Boolean),
  })
  const banner = {
    shown: bannerOf(),
    changed: () => {},
    show(instance) {
      this.shown = bannerOf(instance)
      this.changed(this.shown)
    },
  }

  /** At the head of the viewer. `shown` is kept outside: the head is drawn anew with each study. */
  function PatientBanner({ React }) {
    const [{ name, facts }, setShown] = React.useState(banner.shown)
    React.useEffect(() => {
      banner.changed = setShown
      setShown(banner.shown)
      return () => {
        banner.changed = () => {}
      }
    }, [])
    // Beside the tools, which stand in the middle: the facts give way, the name is never cut.
    const text = (words, className, style) =>
      React.createElement(
        'span',
        { className, style: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', ...style } },
        words,
      )
    return React.createElement(
      'div',
      {
        'data-patient': name,
        className: 'flex items-baseline gap-2 px-2',
        style: { maxWidth: 'calc(50vw - 13.5rem)' },
        title: [name, ...facts].join(' '),
      },
      text(name || { zh: '影像', en: 'Images' }[language], 'text-foreground text-lg', { flexShrink: 0 }),
      text(facts.join(' · '), 'text-muted-foreground text-sm'),
    )
  }

  const bridge = globalThis.readingBridge({ language, banner, nameOf, addressOf, studyInAddress })

  window.config = {
    name: 'app-config.js',
    routerBasename: null,
    extensions: [globalThis.ohifCorrections, bridge],
    modes: [],
    customizationService: {},
    // The list of studies is the portal's.
    showStudyList: false,
    investigationalUseDialog: { option: 'never' },
    // Whose images these are is told by the banner: the build's own shows a name in Latin letters alone.
    showPatientInfo: 'disabled',
    // Measurements go into the report by our own button: nobody is asked whether to track a series.
    measurementTrackingMode: 'none',
    maxNumberOfWebWorkers: 3,
    showWarningMessageForCrossOrigin: true,
    showCPUFallbackMessage: true,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    groupEnabledModesFirst: true,
    allowMultiSelectExport: false,
    showErrorDetails: 'production',
    maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 25 },
    // In place of the maker's mark, which is a link to the world outside.
    whiteLabeling: { createLogoComponentFn: (React) => React.createElement(PatientBanner, { React }) },
    defaultDataSourceName: 'archive',
    dataSources: [
      {
        namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
        sourceName: 'archive',
        configuration: rootsFor(
          {
            friendlyName: 'archive',
            name: 'archive',
            onConfiguration: (configuration, { query }) => rootsFor(configuration, studyInAddress(query)),
            qidoSupportsIncludeField: true,
            supportsFuzzyMatching: true,
            supportsWildcard: true,
            supportsReject: false,
            imageRendering: 'wadors',
            thumbnailRendering: 'thumbnail',
            thumbnailRequestStrategy: 'fetch',
            enableStudyLazyLoad: true,
            staticWado: false,
            // Without pdf: as a blob it is shown under the isolation headers, by its address it is not.
            singlepart: 'bulkdata,video',
            bulkDataURI: { enabled: true, relativeResolution: 'studies' },
            // HTJ2K (RPCL decodes progressively) where there is a copy in it, else the bytes as they are stored.
            acceptHeader: [
              'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.202, multipart/related; type="application/octet-stream"; transfer-syntax=*; q=0.5',
            ],
          },
          studyInAddress(new URLSearchParams(location.search)),
        ),
      },
    ],
    httpErrorHandler: () => {},
  }
})()
