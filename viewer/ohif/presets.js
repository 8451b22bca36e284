/**
 * Window presets (肺窗 骨窗 脑窗 …) on the keys 1–9 and in the viewer's own menu, the doctor's own before the usual ones. What the doctor has set comes
 * from the portal by localStorage (`viewer-settings`), which it fills before the viewer starts.
 */
globalThis.readingPresets = (() => {
  'use strict'

  /** For CT, in Hounsfield units; the first nine have a key. */
  const usual = [
    { zh: '肺窗', en: 'Lung', width: 1500, center: -600 },
    { zh: '纵隔窗', en: 'Mediastinum', width: 350, center: 40 },
    { zh: '骨窗', en: 'Bone', width: 2000, center: 500 },
    { zh: '脑窗', en: 'Brain', width: 80, center: 40 },
    { zh: '肝窗', en: 'Liver', width: 150, center: 60 },
    { zh: '腹窗', en: 'Abdomen', width: 400, center: 50 },
    { zh: '卒中窗', en: 'Stroke', width: 40, center: 35 },
    { zh: '血管窗', en: 'Vessels', width: 600, center: 200 },
    { zh: '内耳窗', en: 'Temporal bone', width: 4000, center: 700 },
    { zh: '硬膜下窗', en: 'Subdural', width: 200, center: 75 },
  ]
  /** For MR the numbers mean nothing by themselves: halves and doubles of what the image says are asked of the mouse. */
  const mostOwn = 9

  const isPreset = (preset) =>
    typeof preset?.name === 'string' &&
    preset.name !== '' &&
    Number.isFinite(preset.width) &&
    preset.width > 0 &&
    Number.isFinite(preset.center)

  /** What the doctor has set; whatever is broken counts as nothing. */
  const settings = () => {
    try {
      const value = JSON.parse(localStorage.getItem('viewer-settings') ?? '{}')
      return typeof value === 'object' && value !== null ? value : {}
    } catch {
      return {}
    }
  }

  const listOf = (language, own) => {
    const mine = (Array.isArray(own) ? own : []).filter(isPreset).slice(0, mostOwn)
    const names = new Set(mine.map(({ name }) => name))
    return [...mine, ...usual.map((preset) => ({ ...preset, name: preset[language] })).filter(({ name }) => !names.has(name))]
  }

  /** As the viewer's menu wants them. */
  const presetsOf = (language, own) => ({
    CT: listOf(language, own).map(({ name, width, center }, index) => ({
      id: `preset-${index}`,
      description: index < 9 ? `${index + 1} ${name}` : name,
      window: String(width),
      level: String(center),
    })),
  })

  /** The viewer's keys with ours: 1–9 are presets; keys of segmentation, which is not done here, are free for the portal. */
  const segmentation = ['interpolateScrollForMarkerLabelmap', 'increaseBrushSize', 'decreaseBrushSize', 'addNewSegment']
  const isForSegmentation = ({ commandName, commandOptions }) =>
    segmentation.includes(commandName) || /^Circular(Eraser|Brush)$/.test(commandOptions?.toolName ?? '')

  const words = {
    zh: { preset: '窗位', keyImage: '关键图像放入报告', measurement: '测量放入报告', link: '联动滚动', beside: '并排既往' },
    en: {
      preset: 'Window preset',
      keyImage: 'Key image into the report',
      measurement: 'Measurement into the report',
      link: 'Linked scroll',
      beside: 'Prior beside',
    },
  }
  const bindingsOf = (language, bindings) => [
    ...bindings.filter((binding) => binding.commandName !== 'setWindowLevelPreset' && !isForSegmentation(binding)),
    ...Array.from({ length: 9 }, (_, presetIndex) => ({
      commandName: 'setWindowLevelPreset',
      commandOptions: { presetIndex },
      label: `${words[language].preset} ${presetIndex + 1}`,
      keys: [String(presetIndex + 1)],
    })),
    { commandName: 'readingKeyImage', label: words[language].keyImage, keys: ['k'] },
    { commandName: 'readingMeasurement', label: words[language].measurement, keys: ['m'] },
    { commandName: 'readingLink', label: words[language].link, keys: ['x'] },
    { commandName: 'readingBeside', label: words[language].beside, keys: ['o'] },
  ]

  return { settings, presetsOf, bindingsOf }
})()
