/** Weights of work and prices of reports, edited as one table. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, InputNumber, Modal, Table } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { saveTariff } from '../api/statistics.ts'
import type { TariffRow } from '../api/statistics-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { statisticsWords } from './words.ts'

interface Draft extends TariffRow {
  readonly place: number
}

export function TariffDialog({ items, onClose }: { items: readonly TariffRow[]; onClose: () => void }) {
  const say = useWords(statisticsWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [rows, setRows] = useState<readonly Draft[]>(() => {
    const others = { modality: '*', reportPoints: 1, reviewPoints: 0.5, feeFen: 0 }
    const known = items.some(({ modality }) => modality === '*') ? items : [...items, others]
    return known.map((row, place) => ({ ...row, place }))
  })
  const change = (place: number, values: Partial<TariffRow>) =>
    setRows(rows.map((row) => (row.place === place ? { ...row, ...values } : row)))

  const save = async () => {
    const kept = rows.filter(({ modality }) => modality !== '').map(({ place: _, ...row }) => row)
    const twice = kept.find(({ modality }, at) => kept.findIndex((row) => row.modality === modality) !== at)
    if (twice !== undefined) return void message.error(say('twice', { modality: twice.modality }))
    setBusy(true)
    try {
      await saveTariff(kept)
      await Promise.all(['tariff', 'statistics'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
      message.success(say('saved'))
      onClose()
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }

  const number = (row: Draft, key: 'reportPoints' | 'reviewPoints' | 'feeFen', label: string) => (
    <InputNumber<number>
      min={0}
      max={key === 'feeFen' ? 100_000 : 1_000}
      precision={2}
      step={key === 'feeFen' ? 1 : 0.5}
      aria-label={label}
      value={key === 'feeFen' ? row.feeFen / 100 : row[key]}
      onChange={(value) => change(row.place, { [key]: key === 'feeFen' ? Math.round((value ?? 0) * 100) : (value ?? 0) })}
    />
  )
  return (
    <Modal open title={say('tariff')} okText={say('save')} confirmLoading={busy} onOk={() => void save()} onCancel={onClose} width={720}>
      <p className="quiet">{say('tariffText')}</p>
      <Table<Draft>
        className="tariff"
        rowKey="place"
        size="small"
        pagination={false}
        dataSource={[...rows]}
        columns={[
          {
            title: say('modality'),
            render: (_, row) =>
              row.modality === '*' ? (
                say('others')
              ) : (
                <Input
                  value={row.modality}
                  maxLength={16}
                  aria-label={say('modality')}
                  onChange={({ target }) => change(row.place, { modality: target.value.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '') })}
                />
              ),
          },
          { title: say('reportPoints'), render: (_, row) => number(row, 'reportPoints', say('reportPoints')) },
          { title: say('reviewPoints'), render: (_, row) => number(row, 'reviewPoints', say('reviewPoints')) },
          { title: say('price'), render: (_, row) => number(row, 'feeFen', say('price')) },
          {
            title: '',
            render: (_, row) =>
              row.modality !== '*' && (
                <Button size="small" onClick={() => setRows(rows.filter(({ place }) => place !== row.place))}>
                  {say('remove')}
                </Button>
              ),
          },
        ]}
      />
      <p>
        <Button
          onClick={() => {
            const place = Math.max(0, ...rows.map((row) => row.place)) + 1
            setRows([{ place, modality: '', reportPoints: 1, reviewPoints: 0.5, feeFen: 0 }, ...rows])
          }}
        >
          {say('addModality')}
        </Button>
      </p>
    </Modal>
  )
}
