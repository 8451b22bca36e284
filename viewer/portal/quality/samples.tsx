/** Drawings: which months were drawn, by which seed, and how far their review is. */
import { Button, Checkbox, DatePicker, InputNumber, Table } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { drawSample, usePeerSamples } from '../api/quality.ts'
import type { PeerSample } from '../api/quality-types.ts'
import { exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useQualityDeed } from './use-quality-deed.ts'
import { qualityWords } from './words.ts'

const usualShare = 5

export function Samples() {
  const say = useWords(qualityWords)
  const samples = usePeerSamples(true)
  const { busy, perform } = useQualityDeed()
  const [month, setMonth] = useState(dayjs().subtract(1, 'month').format('YYYY-MM'))
  const [share, setShare] = useState(usualShare)
  const [blind, setBlind] = useState(true)
  const draw = async () => {
    let population = 0
    await perform(
      async () => {
        population = (await drawSample(month, share / 100, blind)).population
      },
      say('drawMonth', { month }),
    )
    return population
  }
  return (
    <>
      <div className="quality-bar">
        <DatePicker
          picker="month"
          allowClear={false}
          value={dayjs(`${month}-01`)}
          aria-label={say('month')}
          disabledDate={(day) => !day.isBefore(dayjs().startOf('month'))}
          onChange={(day) => day && setMonth(day.format('YYYY-MM'))}
        />
        <InputNumber<number>
          min={1}
          max={100}
          value={share}
          suffix="%"
          aria-label={say('share')}
          onChange={(value) => setShare(value ?? usualShare)}
        />
        <Checkbox checked={blind} onChange={({ target }) => setBlind(target.checked)}>
          {say('blind')}
        </Checkbox>
        <Button type="primary" loading={busy} onClick={() => void draw()}>
          {say('drawMonth', { month })}
        </Button>
        <span className="quiet">{say('seedText')}</span>
      </div>
      <Answer query={samples}>
        {({ items }) => (
          <Table<PeerSample>
            rowKey="id"
            size="small"
            dataSource={[...items]}
            pagination={false}
            locale={{ emptyText: say('emptySamples') }}
            columns={[
              { title: say('month'), dataIndex: 'month', className: 'number' },
              { title: say('population'), dataIndex: 'population', align: 'right', className: 'number' },
              { title: say('share'), align: 'right', className: 'number', render: (_, each) => `${Math.round(each.share * 1_000) / 10}%` },
              { title: say('drawn'), dataIndex: 'drawn', align: 'right', className: 'number' },
              { title: say('done'), dataIndex: 'scored', align: 'right', className: 'number' },
              { title: say('blind'), render: (_, each) => (each.blind ? '✓' : '') },
              { title: say('seed'), render: (_, each) => <code>{each.seed}</code> },
              {
                title: say('drawnBy'),
                render: (_, each) => (
                  <>
                    {each.drawnBy} <span className="quiet number">{exactTime(each.drawnAt)}</span>
                  </>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </>
  )
}
