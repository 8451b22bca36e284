/** The machine itself (reading.md §3.2), driven at random: whatever anybody does, the invariants hold. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Asker, askerOf, type Role } from '../../../archive/access.ts'
import {
  type Actor,
  changesOf,
  decide,
  type Facts,
  mayWrite,
  states,
  transitions,
  verbs,
  verbsFor,
} from '../../../archive/reading/machine.ts'

const centre = 1
const township = 2
const person = (id: number, roles: readonly Role[], institution: number): Asker =>
  askerOf(
    {
      id,
      username: `p${id}`,
      displayName: `p${id}`,
      kind: 'person',
      roles,
      institution: { id: institution, code: `I${institution}`, name: '', readingCentre: institution === centre },
      demo: false,
    },
    new Date(),
    null,
  )

const people: readonly Actor[] = [
  person(1, ['radiologist'], centre),
  person(2, ['radiologist'], centre),
  person(3, ['reviewer'], centre),
  person(4, ['reviewer'], centre),
  person(5, ['technologist'], township),
  person(6, ['clinician'], township),
  person(7, ['administrator'], centre),
  // A doctor of the township: reads nothing for the county.
  person(8, ['reviewer'], township),
  person(9, ['technologist', 'reviewer'], 3),
  'system',
]

const start: Facts = {
  state: 'UPLOADING',
  institution: township,
  centre,
  assignee: null,
  author: null,
  reviewer: null,
  leaseExpired: false,
  generation: 0,
  newImages: false,
  draftComplete: false,
}

const step = fc.record({
  actor: fc.constantFrom(...people),
  verb: fc.constantFrom(...verbs),
  reason: fc.constantFrom(undefined, '', 'because'),
  passwordProved: fc.boolean(),
  leaseExpired: fc.boolean(),
  newImages: fc.boolean(),
  draftComplete: fc.boolean(),
})

function invariant(facts: Facts): void {
  // Exactly one holder where somebody works, nobody elsewhere.
  expect(facts.assignee !== null).toBe(['CLAIMED', 'REVIEWING', 'REWORK'].includes(facts.state))
  if (['SUBMITTED', 'REVIEWING', 'REWORK', 'FINAL'].includes(facts.state)) expect(facts.author).not.toBeNull()
  if (facts.state === 'REVIEWING' || facts.state === 'FINAL') {
    expect(facts.reviewer).not.toBeNull()
    expect(facts.reviewer).not.toBe(facts.author)
  }
  if (facts.state === 'REVIEWING') expect(facts.assignee).toBe(facts.reviewer)
  if (facts.state === 'REWORK') expect(facts.assignee).toBe(facts.author)
  for (const id of [facts.assignee, facts.author, facts.reviewer]) expect([null, 1, 2, 3, 4]).toContain(id)
}

test('random verbs by random people never break an invariant; what is signed stays signed', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 200, size: 'max' }), (steps) => {
      let facts = start
      for (const { actor, verb, reason, passwordProved, ...world } of steps) {
        const before: Facts = { ...facts, ...world }
        const decision = decide(before, verb, actor, { reason, passwordProved })
        if (typeof decision === 'string') continue
        const changes = changesOf(before, decision, actor)
        if (changes.freeze) {
          expect(before.state).toBe('REVIEWING')
          expect(world.draftComplete && passwordProved).toBe(true)
        }
        if (before.state === 'FINAL') expect(verb).toBe('acknowledge')
        facts = { ...facts, ...changes, generation: facts.generation + 1 }
        invariant(facts)
      }
    }),
    { numRuns: 500 },
  )
})

test('a guided walk reaches every state, and only the offered verbs are done', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 60, maxLength: 120, size: 'max' }), (choices) => {
      let facts: Facts = { ...start, draftComplete: true, newImages: true, leaseExpired: true }
      reached.add(facts.state)
      for (const [who, which] of choices) {
        const actor = people[who % people.length]!
        const offered = verbsFor(facts, actor)
        if (offered.length === 0) continue
        const verb = offered[which % offered.length]!
        const decision = decide(facts, verb, actor, { reason: 'because', passwordProved: true })
        if (typeof decision === 'string') throw new Error(`${verb} was offered and refused: ${decision}`)
        facts = { ...facts, ...changesOf(facts, decision, actor), newImages: true }
        reached.add(facts.state)
      }
    }),
    { numRuns: 300 },
  )
  expect([...reached].sort()).toEqual([...states].sort())
})

describe('the table', () => {
  test('leads into and out of every state but the last', () => {
    for (const state of states) {
      if (state !== 'UPLOADING')
        expect(
          transitions.some(({ to }) => to === state),
          `into ${state}`,
        ).toBe(true)
      if (state !== 'FINAL')
        expect(
          transitions.some(({ from, to }) => from.includes(state) && to !== 'same'),
          `out of ${state}`,
        ).toBe(true)
    }
  })

  test('lets nobody of another institution do anything to what is read at the centre', () => {
    for (const state of states) {
      const facts: Facts = { ...start, state, assignee: 1, author: 1, newImages: true, draftComplete: true, leaseExpired: true }
      for (const stranger of [people[5]!, people[7]!, people[8]!]) {
        expect(verbsFor(facts, stranger), state).toEqual([])
        expect(mayWrite(facts, stranger)).toBe(false)
      }
    }
  })

  test('refuses a generation that has passed before it asks anything else', () => {
    const facts: Facts = { ...start, state: 'CLAIMED', assignee: 1, generation: 7 }
    expect(decide(facts, 'submit', people[0]!, { generation: 6 })).toBe('stale-generation')
    expect(decide(facts, 'submit', people[0]!, { generation: 7 })).toBe('draft-incomplete')
  })
})
