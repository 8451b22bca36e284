/** The table of critical values (reading.md §3.4), driven at random: nobody skips a step, nobody answers for somebody else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Asker, askerOf, type Role } from '../../../../archive/access.ts'
import {
  type Actor,
  decide,
  type Facts,
  openStates,
  raisingOf,
  type State,
  states,
  transitions,
  type Verb,
  verbs,
  verbsFor,
} from '../../../../archive/reading/critical/machine.ts'

const centre = 1
const township = 2
const stranger = 3
let accounts = 0
const person = (roles: readonly Role[], institution: number): Asker =>
  askerOf(
    {
      id: ++accounts,
      username: `u${accounts}`,
      displayName: `u${accounts}`,
      kind: 'person',
      roles,
      institution: { id: institution, code: String(institution), name: String(institution), readingCentre: institution === centre },
      demo: false,
    },
    null,
    null,
  )
const reader = person(['radiologist'], centre)
const reviewer = person(['reviewer'], centre)
const doctor = person(['clinician'], township)
const technologist = person(['technologist'], township)
const otherDoctor = person(['clinician'], stranger)
const actors: readonly Actor[] = [reader, reviewer, doctor, technologist, otherDoctor, 'system']

const facts = (change: Partial<Facts> = {}): Facts => ({
  state: 'NOTIFYING',
  centre,
  treating: [township],
  raisedBy: reader.account,
  suspected: false,
  readBackConfirmed: false,
  generation: 1,
  ...change,
})
const complete = { name: '陈静', readBack: '张三 张力性气胸', namesPatient: true, text: '立即胸腔闭式引流' }
const outcome = (verb: Verb, actor: Actor, change: Partial<Facts> = {}, given: object = complete) => {
  const decision = decide(facts(change), verb, actor, given)
  return typeof decision === 'string' ? decision : decision.to
}

test('the treating side repeats, acts, and the centre closes', () => {
  expect(outcome('ack', doctor)).toBe('ACKNOWLEDGED')
  expect(outcome('act', doctor, { state: 'ACKNOWLEDGED' })).toBe('ACTED')
  expect(outcome('close', reader, { state: 'ACTED' })).toBe('CLOSED')
})

test('nobody acknowledges without a name, a repetition that names the patient, or for somebody else', () => {
  expect(outcome('ack', doctor, {}, { ...complete, name: ' ' })).toBe('critical-name')
  expect(outcome('ack', doctor, {}, { ...complete, readBack: '' })).toBe('critical-read-back')
  expect(outcome('ack', doctor, {}, { ...complete, namesPatient: false })).toBe('critical-other-patient')
  expect(outcome('ack', reader)).toBe('not-yours')
  expect(outcome('ack', otherDoctor)).toBe('not-yours')
  expect(outcome('ack', technologist, { raisedBy: technologist.account })).toBe('critical-own')
})

test('a repetition that was wrong is told again; a confirmed one stays confirmed', () => {
  expect(outcome('repeat', reader, { state: 'ACKNOWLEDGED' })).toBe('NOTIFYING')
  expect(outcome('confirm', reader, { state: 'ACKNOWLEDGED' })).toBe('ACKNOWLEDGED')
  expect(outcome('confirm', reader, { state: 'ACKNOWLEDGED', readBackConfirmed: true })).toBe('critical-state')
})

test('only who raised it or a reviewer withdraws, with a reason', () => {
  expect(outcome('withdraw', reader)).toBe('WITHDRAWN')
  expect(outcome('withdraw', reviewer)).toBe('WITHDRAWN')
  expect(outcome('withdraw', doctor)).toBe('not-yours')
  expect(outcome('withdraw', reader, {}, {})).toBe('critical-text')
})

test('a suspicion of the imaging room is taken back by any reader of the centre, until it is confirmed; by nobody of another house', () => {
  const raised = { raisedBy: technologist.account, suspected: true }
  expect(outcome('withdraw', reader, raised)).toBe('WITHDRAWN')
  expect(outcome('withdraw', reader, { ...raised, suspected: false })).toBe('not-yours')
  expect(outcome('withdraw', doctor, raised)).toBe('not-yours')
  expect(outcome('withdraw', otherDoctor, raised)).toBe('not-yours')
  expect(verbsFor(facts(raised), reader)).toEqual(expect.arrayContaining(['verify', 'withdraw']))
  expect(verbsFor(facts({ ...raised, suspected: false }), reader)).not.toContain('withdraw')
})

test('the clock asks again only while nobody has answered', () => {
  for (const state of states) expect(outcome('escalate', 'system', { state })).toBe(state === 'NOTIFYING' ? 'NOTIFYING' : 'critical-state')
})

test('random verbs by random people never leave the order told, answered, acted, closed', () => {
  const rank: Readonly<Record<State, number>> = { NOTIFYING: 0, ACKNOWLEDGED: 1, ACTED: 2, CLOSED: 3, WITHDRAWN: 3 }
  fc.assert(
    fc.property(
      fc.array(fc.record({ verb: fc.constantFrom(...verbs), actor: fc.constantFrom(...actors), given: fc.constantFrom(complete, {}) }), {
        maxLength: 30,
      }),
      (steps) => {
        let stands = facts()
        for (const { verb, actor, given } of steps) {
          const decision = decide(stands, verb, actor, given)
          if (typeof decision === 'string') continue
          // What was offered is what can be done, and the other way round.
          expect(verbsFor(stands, actor)).toContain(verb)
          expect(openStates).toContain(stands.state)
          const step = rank[decision.to] - rank[stands.state]
          expect(verb === 'repeat' ? step === -1 : verb === 'withdraw' || step === 0 || step === 1).toBe(true)
          stands = { ...stands, state: decision.to }
        }
      },
    ),
  )
})

test('every verb has a row, every row leads somewhere', () => {
  expect(new Set(transitions.map(({ verb }) => verb))).toEqual(new Set(verbs))
})

describe('who raises', () => {
  const on = (actor: Asker, state: string) => raisingOf(actor, { state, institution: township, centre })?.suspected
  test('a reader from claim on; before that, and from the imaging room, it is a suspicion', () => {
    expect(on(reader, 'CLAIMED')).toBe(false)
    expect(on(reader, 'FINAL')).toBe(false)
    expect(on(reader, 'READY')).toBe(true)
    expect(on(technologist, 'UPLOADING')).toBe(true)
    expect(on(technologist, 'CLAIMED')).toBe(true)
  })
  test('nobody on what is canceled or retracted, and nobody of another house', () => {
    for (const state of ['CANCELED', 'RETRACTED']) expect(on(reader, state)).toBeUndefined()
    expect(on(otherDoctor, 'CLAIMED')).toBeUndefined()
    expect(on(doctor, 'CLAIMED')).toBeUndefined()
  })
})
