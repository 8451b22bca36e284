/** What a doctor sets for the viewer; it follows the account to another PC. */
import { Button, Checkbox, Input, InputNumber, Modal, Radio } from 'antd'
import { useState } from 'react'
import { useWords } from '../language/language.tsx'
import type { ViewerSettings } from './messages.ts'
import type { Viewer } from './viewer.tsx'
import { viewerWords } from './viewer-words.ts'

type Preset = NonNullable<ViewerSettings['presets']>[number]
const tools = ['window', 'scroll', 'pan', 'zoom'] as const
/** As many as there are keys. */
const mostPresets = 9

export function ViewerSettingsDialog({ viewer, onClose }: { viewer: Viewer; onClose: () => void }) {
  const say = useWords(viewerWords)
  const { beside = true, linked = true, leftTool = 'window', presets = [] } = viewer.settings
  const [fresh, setFresh] = useState<{ name: string; width: number | null; center: number | null }>({ name: '', width: null, center: null })
  const name = fresh.name.trim()
  const complete = name !== '' && fresh.width !== null && fresh.width >= 1 && fresh.center !== null && presets.length < mostPresets
  const keep = (next: readonly Preset[]) => viewer.setSettings({ presets: next })
  return (
    <Modal
      open
      title={say('settings')}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{say('done')}</Button>}
      width={480}
      destroyOnHidden
    >
      <p className="quiet">{say('settingsSaved')}</p>
      <div className="viewer-settings">
        <Checkbox className="viewer-setting" checked={beside} onChange={({ target }) => viewer.setSettings({ beside: target.checked })}>
          {say('beside')}
        </Checkbox>
        <Checkbox className="viewer-setting" checked={linked} onChange={({ target }) => viewer.setSettings({ linked: target.checked })}>
          {say('linked')}
        </Checkbox>
        <div className="viewer-setting">
          {say('leftTool')}{' '}
          <Radio.Group
            optionType="button"
            size="small"
            value={leftTool}
            onChange={({ target }) => viewer.setSettings({ leftTool: target.value as (typeof tools)[number] })}
            options={tools.map((value) => ({ value, label: say(`tool_${value}`) }))}
          />
        </div>
        <h3>{say('presets')}</h3>
        <ol className="viewer-presets">
          {presets.map((preset, index) => (
            <li key={`${preset.name} ${preset.width} ${preset.center}`}>
              <kbd>{index + 1}</kbd> {preset.name}
              <span className="number quiet">
                W {preset.width} · L {preset.center}
              </span>
              <Button size="small" type="text" onClick={() => keep(presets.filter((each) => each !== preset))}>
                {say('presetRemove')}
              </Button>
            </li>
          ))}
        </ol>
        <form
          className="viewer-preset-new"
          onSubmit={(event) => {
            event.preventDefault()
            if (!complete) return
            keep([...presets.filter((each) => each.name !== name), { name, width: fresh.width!, center: fresh.center! }])
            setFresh({ name: '', width: null, center: null })
          }}
        >
          <Input
            value={fresh.name}
            maxLength={20}
            placeholder={say('presetName')}
            aria-label={say('presetName')}
            onChange={({ target }) => setFresh({ ...fresh, name: target.value })}
          />
          <InputNumber
            value={fresh.width}
            min={1}
            max={65_535}
            placeholder={say('presetWidth')}
            aria-label={say('presetWidth')}
            onChange={(width) => setFresh({ ...fresh, width })}
          />
          <InputNumber
            value={fresh.center}
            min={-32_768}
            max={65_535}
            placeholder={say('presetCenter')}
            aria-label={say('presetCenter')}
            onChange={(center) => setFresh({ ...fresh, center })}
          />
          <Button htmlType="submit" disabled={!complete}>
            {say('presetAdd')}
          </Button>
        </form>
        <p className="quiet">{say('usualPresets')}</p>
        <p className="quiet">{say('viewerKeys')}</p>
      </div>
    </Modal>
  )
}
