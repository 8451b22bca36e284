/**
 * Where dots and their names stand so that none hides another. Greedy and without chance: what comes first in the list stands best, and the same list on the
 * same sheet is always laid out the same, so that a wall does not jump.
 */
import type { Point } from './projection.ts'

export interface Dot extends Point {
  readonly id: string
  readonly radius: number
}

/** A dot whose name takes so much room. */
export interface Named extends Dot {
  readonly width: number
  readonly height: number
}

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface Label extends Box {
  /** On which side of its dot it stands, as SVG anchors a text. */
  readonly anchor: 'start' | 'middle' | 'end'
  /** So far away from its dot that a line must lead to it. */
  readonly led: boolean
}

interface Room {
  readonly width: number
  readonly height: number
}

/** Between two dots, and around a name. */
const gap = 3
type Side = -1 | 0 | 1
/** Eight directions, the most readable first: beside, on the other side, below, above, then the corners. */
const directions: readonly (readonly [Side, Side])[] = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
]
const distances = [4, 12, 24, 40, 60, 84]
/** From here on a line leads from the dot to its name. */
const leadFrom = 24
const turns = 16
const mostRounds = 48

/** Institutions in one street are moved apart: each dot to the nearest free spot. */
export function apart<One extends Dot>(dots: readonly One[], room: Room): One[] {
  const placed: One[] = []
  for (const dot of dots) {
    const free = (point: Point) =>
      placed.every((other) => Math.hypot(other.x - point.x, other.y - point.y) >= other.radius + dot.radius + gap)
    const spot = spotsAround(dot, room).find(free)
    placed.push({ ...dot, ...(spot ?? inside(dot, dot.radius, room)) })
  }
  return placed
}

function spotsAround(dot: Dot, room: Room): Point[] {
  const spots: Point[] = [inside(dot, dot.radius, room)]
  for (let round = 1; round <= mostRounds; round++) {
    for (let turn = 0; turn < turns; turn++) {
      const angle = (turn / turns) * 2 * Math.PI
      const away = (round * (dot.radius + gap)) / 2
      const spot = { x: dot.x + Math.cos(angle) * away, y: dot.y + Math.sin(angle) * away }
      spots.push(inside(spot, dot.radius, room))
    }
  }
  return spots
}

const inside = ({ x, y }: Point, radius: number, { width, height }: Room): Point => ({
  x: Math.max(radius, Math.min(width - radius, x)),
  y: Math.max(radius, Math.min(height - radius, y)),
})

/** The names that found room, by the id of their dot. `hub`: where the lines lead; a name stands on the far side of its dot if it can. */
export function labelled(dots: readonly Named[], room: Room, hub: Point = { x: 0, y: 0 }): ReadonlyMap<string, Label> {
  const labels = new Map<string, Label>()
  const taken: Box[] = []
  for (const dot of dots) {
    const label = candidates(dot, dot.x < hub.x).find(
      (box) => within(box, room) && taken.every((other) => !overlap(box, other)) && dots.every((other) => !covers(box, other)),
    )
    if (label === undefined) continue
    labels.set(dot.id, label)
    taken.push(label)
  }
  return labels
}

const mirrored = { '-1': 1, 0: 0, 1: -1 } as const
const anchors = { '-1': 'end', 0: 'middle', 1: 'start' } as const

function candidates({ x, y, radius, width, height }: Named, leftFirst: boolean): Label[] {
  const labels: Label[] = []
  for (const distance of distances) {
    for (const [side, down] of directions) {
      const right = leftFirst ? mirrored[side] : side
      const away = (radius + distance) * (right !== 0 && down !== 0 ? Math.SQRT1_2 : 1)
      const left = x + right * away + (right === 0 ? -width / 2 : right < 0 ? -width : 0)
      const top = y + down * away + (down === 0 ? -height / 2 : down < 0 ? -height : 0)
      labels.push({ x: left, y: top, width, height, anchor: anchors[right], led: distance >= leadFrom })
    }
  }
  return labels
}

const within = (box: Box, room: Room): boolean =>
  box.x >= 0 && box.y >= 0 && box.x + box.width <= room.width && box.y + box.height <= room.height

export const overlap = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height

/** Whether the box lies on a dot. */
export function covers(box: Box, { x, y, radius }: Dot): boolean {
  const nearX = Math.max(box.x, Math.min(box.x + box.width, x))
  const nearY = Math.max(box.y, Math.min(box.y + box.height, y))
  return Math.hypot(nearX - x, nearY - y) < radius
}
