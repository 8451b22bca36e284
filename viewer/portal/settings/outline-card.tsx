/** The county's outline: a GeoJSON file given by the administrator, shown as the wall will draw it. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useMemo, useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { outlineKey, type Ring, removeOutline, saveOutline, useOutline } from '../api/map.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Outline, placesOf } from '../map/outline.tsx'
import { fitted, type Place } from '../map/projection.ts'
import { Answer } from '../shell/answer.tsx'
import { placeWords } from './place-words.ts'

/** As the server has it. */
const mostBytes = 1024 * 1024

export function OutlineCard({ places }: { readonly places: readonly Place[] }) {
  const say = useWords(placeWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const outline = useOutline()
  const file = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)

  const perform = async (deed: () => Promise<string>) => {
    setBusy(true)
    try {
      message.success(await deed())
      await queries.invalidateQueries({ queryKey: outlineKey })
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const upload = async (chosen: File) => {
    if (chosen.size > mostBytes) return void message.error(say('tooLarge'))
    const geojson = parsed(await chosen.text())
    if (geojson === undefined) return void message.error(say('notJSON'))
    await perform(async () => {
      const { rings } = await saveOutline(geojson)
      return say('outlineSaved', { n: rings.reduce((sum, { length }) => sum + length, 0) })
    })
  }
  const remove = () =>
    modal.confirm({
      title: say('removeAsk'),
      okText: say('remove'),
      okButtonProps: { danger: true },
      onOk: () =>
        perform(async () => {
          await removeOutline()
          return say('outlineRemoved')
        }),
    })
  return (
    <section className="outline-card">
      <div>
        <h2>{say('outline')}</h2>
        <p className="quiet">{say('outlineText')}</p>
        <input
          ref={file}
          type="file"
          hidden
          accept=".geojson,.json,application/geo+json,application/json"
          onChange={({ target }) => {
            const chosen = target.files?.[0]
            // The same file, mended, may be chosen again.
            target.value = ''
            if (chosen !== undefined) void upload(chosen)
          }}
        />
        <Button loading={busy} onClick={() => file.current?.click()}>
          {say('choose')}
        </Button>{' '}
        {(outline.data?.rings.length ?? 0) > 0 && (
          <Button danger disabled={busy} onClick={remove}>
            {say('remove')}
          </Button>
        )}
      </div>
      <Answer query={outline}>
        {({ rings }) => (rings.length === 0 ? <p className="quiet">{say('outlineNone')}</p> : <Preview rings={rings} places={places} />)}
      </Answer>
    </section>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const size = { width: 240, height: 160 }

/** Places in it too: an outline of another county, or in other coordinates, is seen at once. */
function Preview({ rings, places }: { readonly rings: readonly Ring[]; readonly places: readonly Place[] }) {
  const projection = useMemo(() => fitted([...placesOf(rings), ...places], { ...size, marginX: 8, marginY: 8 }), [rings, places])
  return (
    <svg className="outline-preview" {...size} aria-hidden="true">
      <Outline rings={rings} projection={projection} />
      {places.map((place) => {
        const { x, y } = projection.pointOf(place)
        return <circle key={`${x} ${y}`} className="place-other" cx={x} cy={y} r={2.5} />
      })}
    </svg>
  )
}
