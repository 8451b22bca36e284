/** The roster: who is on duty today and tomorrow, and two weeks of it to fill in. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Modal, Select, Table } from 'antd'
import dayjs from 'dayjs'
import { sentenceOf } from '../api/http.ts'
import { saveDuty, useRoster } from '../api/statistics.ts'
import { type Duty, type Shift, shifts } from '../api/statistics-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { Answer } from '../shell/answer.tsx'
import { wallboardWords } from './words.ts'

/** The day on the wall of the county, which has one time zone. */
const chinaDay = (iso: string): dayjs.Dayjs => dayjs(new Date(Date.parse(iso) + 8 * 3_600_000).toISOString().slice(0, 10))
const days = 14

export function Roster({ duties, today }: { duties: readonly Duty[]; today: string }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const first = chinaDay(today).format('YYYY-MM-DD')
  const names = (isToday: boolean, shift: Shift) =>
    duties.filter(({ day, shift: each }) => (day === first) === isToday && each === shift).map(({ displayName }) => displayName)
  if (!duties.some(({ day }) => day === first)) return <p className="quiet">{say('rosterEmpty')}</p>
  return (
    <dl className="wall-roster">
      {shifts.map((shift) => {
        const people = names(true, shift)
        return people.length === 0 ? null : (
          <div key={shift}>
            <dt>{say(`shift-${shift}`)}</dt>
            <dd>{listed(people, language)}</dd>
          </div>
        )
      })}
      {names(false, 'day').length > 0 && (
        <div className="quiet">
          <dt>{say('tomorrow')}</dt>
          <dd>{listed(names(false, 'day'), language)}</dd>
        </div>
      )}
    </dl>
  )
}

export function RosterDialog({ from, onClose }: { from: string; onClose: () => void }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const first = chinaDay(from)
  const rows = Array.from({ length: days }, (_, at) => first.add(at, 'day').format('YYYY-MM-DD'))
  const roster = useRoster(rows[0]!, rows.at(-1)!, true)

  const save = async (day: string, shift: Shift, usernames: readonly string[]) => {
    try {
      await saveDuty(day, shift, usernames)
      message.success(say('rosterSaved', { day, shift: say(`shift-${shift}`) }))
    } catch (error) {
      message.error(sentenceOf(error, language))
    }
    await Promise.all(['roster', 'wallboard'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
  }
  return (
    <Modal open title={say('rosterEdit')} onCancel={onClose} footer={null} width={960}>
      <Answer query={roster}>
        {({ items, people }) => (
          <Table<string>
            rowKey={(day) => day}
            size="small"
            pagination={false}
            scroll={{ y: 480 }}
            dataSource={rows}
            columns={[
              {
                title: say('day'),
                width: 120,
                render: (_, day) => (
                  <span className="number">
                    {day.slice(5)} {dayjs(day).format('ddd')}
                  </span>
                ),
              },
              ...shifts.map((shift) => ({
                title: say(`shift-${shift}`),
                key: shift,
                render: (_: unknown, day: string) => (
                  <Select
                    mode="multiple"
                    className="roster-people"
                    placeholder={say('choose')}
                    aria-label={`${day} ${say(`shift-${shift}`)}`}
                    optionFilterProp="label"
                    value={items.filter((duty) => duty.day === day && duty.shift === shift).map(({ username }) => username)}
                    options={people.map(({ username, displayName }) => ({ value: username, label: displayName }))}
                    onChange={(usernames: string[]) => void save(day, shift, usernames)}
                  />
                ),
              })),
            ]}
          />
        )}
      </Answer>
    </Modal>
  )
}
