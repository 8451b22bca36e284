/** The tables and the small functions beside them: date-times, data sets, requirements. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributes } from '../../../archive/ups/attributes.ts'
import { parseWorkitem } from '../../../archive/ups/dataset.ts'
import { dateTimeOf, spanOf } from '../../../archive/ups/date-time.ts'
import { decide, isFinal, transitions, upsStates } from '../../../archive/ups/machine.ts'
import { stepStates } from '../../../archive/ups/reading-step.ts'
import { missingFor } from '../../../archive/ups/requirements.ts'
import { statuses } from '../../../archive/ups/status.ts'

test('every error and warning of the state table has its status and text', () => {
  for (const row of Object.values(transitions))
    for (const cell of Object.values(row)) {
      const status = 'error' in cell ? cell.error : 'warning' in cell ? cell.warning : undefined
      if (status !== undefined) expect(statuses[status]).toBeDefined()
    }
})

test('what has ended is left by no request, and only SCHEDULED becomes IN PROGRESS', () => {
  for (const [request, row] of Object.entries(transitions))
    for (const state of upsStates) {
      const cell = decide(request as keyof typeof transitions, state)
      if (!('to' in cell)) continue
      expect(isFinal(state)).toBe(false)
      expect(row[state]).toBe(cell)
      expect(cell.to[0] === 'IN PROGRESS').toBe(state === 'SCHEDULED')
    }
})

test('the steps of every state of the reading machine: one that is verified has been read', () => {
  for (const steps of Object.values(stepStates)) {
    if (steps['110007'] !== undefined) expect(['IN PROGRESS', 'COMPLETED']).toContain(steps['110005'])
    expect(steps['110005']).toBeDefined()
  }
})

test('final state requirements are those of PS3.4 Table CC.2.5-3', () => {
  expect(missingFor('COMPLETED', {})).toEqual([
    'ScheduledProcedureStepPriority',
    'ProcedureStepLabel',
    'WorklistLabel',
    'ScheduledProcedureStepStartDateTime',
    'InputReadinessState',
    'UnifiedProcedureStepPerformedProcedureSequence',
  ])
  expect(missingFor('CANCELED', {})).toContain('ProcedureStepProgressInformationSequence')
  expect(missingFor('CANCELED', {})).not.toContain('UnifiedProcedureStepPerformedProcedureSequence')
  const empty = { '00741216': { vr: 'SQ', Value: [{}] } }
  expect(missingFor('COMPLETED', empty).filter((path) => path.includes('.'))).toEqual([
    'UnifiedProcedureStepPerformedProcedureSequence.PerformedStationNameCodeSequence',
    'UnifiedProcedureStepPerformedProcedureSequence.PerformedProcedureStepStartDateTime',
    'UnifiedProcedureStepPerformedProcedureSequence.PerformedWorkitemCodeSequence',
    'UnifiedProcedureStepPerformedProcedureSequence.PerformedProcedureStepEndDateTime',
    'UnifiedProcedureStepPerformedProcedureSequence.OutputInformationSequence',
  ])
  expect(new Set(attributes.map(({ tag }) => tag)).size).toBe(attributes.length)
})

describe('a DT', () => {
  test.each([
    ['2026', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['202612', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['20261231', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2026112210', '2026-11-22T10:00:00.000Z', '2026-11-22T11:00:00.000Z'],
    ['20261122103000+0800', '2026-11-22T02:30:00.000Z', '2026-11-22T02:30:01.000Z'],
    ['20261122103000.5-0330', '2026-11-22T14:00:00.500Z', '2026-11-22T14:00:00.501Z'],
    ['00991122', '0099-11-22T00:00:00.000Z', '0099-11-23T00:00:00.000Z'],
  ])('%s is from %s to %s', (text, from, to) => {
    const span = spanOf(text)!
    expect([span.from.toISOString(), span.to.toISOString()]).toEqual([from, to])
  })

  test.each(['', '202', '20261301', '20261122.5', '2026-11-22', 'now', '20261122+08'])('%s is none', (text) => {
    expect(spanOf(text)).toBeUndefined()
  })

  test('that we write is read back as the same second', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }), (at) => {
        expect(spanOf(dateTimeOf(at))!.from.getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000)
      }),
    )
  })
})

test('whatever JSON comes as a Workitem is a data set or is refused with a sentence', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      try {
        const dataset = parseWorkitem(json)
        for (const tag of Object.keys(dataset)) expect(tag).toMatch(/^[0-9A-F]{8}$/)
      } catch (error) {
        expect((error as Error).constructor.name).toMatch(/^(BadRequest|LimitExceeded)$/)
      }
    }),
  )
})
