/** A chest, cut across: Hounsfield units at a height z (mm, feet to head; 0 at the hila). Lungs with vessels, heart, aorta, ribs, spine, liver. */
import type { Plane } from './plane.ts'
import { randomOf } from './random.ts'

interface Segment {
  readonly x: number
  readonly y: number
  readonly z0: number
  readonly z1: number
  readonly dx: number
  readonly dy: number
  readonly radius: number
}

/** Vessels that leave each hilum and thin out with every branching. */
function vesselTree(seed: string): Segment[] {
  const random = randomOf(`${seed} vessels`)
  const segments: Segment[] = []
  const grow = (x: number, y: number, z: number, heading: readonly [number, number, number], radius: number): void => {
    const length = 10 + radius * 5 * (0.6 + random() * 0.8)
    const end = [x + heading[0] * length, y + heading[1] * length, z + heading[2] * length] as const
    const [z0, z1] = z < end[2] ? [z, end[2]] : [end[2], z]
    const span = Math.max(0.5, z1 - z0)
    const up = z < end[2]
    segments.push({
      x: up ? x : end[0],
      y: up ? y : end[1],
      z0,
      z1: z0 + span,
      dx: ((up ? 1 : -1) * (end[0] - x)) / span,
      dy: ((up ? 1 : -1) * (end[1] - y)) / span,
      radius,
    })
    if (radius < 0.7) return
    for (let branch = 0; branch < 2; branch++) {
      const turned = heading.map((part) => part + (random() - 0.5) * 1.3) as [number, number, number]
      const norm = Math.hypot(...turned)
      grow(...end, [turned[0] / norm, turned[1] / norm, turned[2] / norm], radius * (0.68 + random() * 0.14))
    }
  }
  for (const side of [-1, 1]) {
    for (let trunk = 0; trunk < 7; trunk++) {
      const heading = [side * (0.35 + random() * 0.5), random() * 1.4 - 0.7, random() * 1.6 - 0.8] as const
      const norm = Math.hypot(...heading)
      grow(side * 30, 5, 0, [heading[0] / norm, heading[1] / norm, heading[2] / norm], 4.2)
    }
  }
  return segments
}

/** Cross-section of an ellipsoid at z, or nothing. */
function ball(
  plane: Plane,
  z: number,
  [x, y, cz]: readonly [number, number, number],
  [rx, ry, rz]: readonly [number, number, number],
  hu: number,
  angle = 0,
): void {
  const inside = 1 - ((z - cz) / rz) ** 2
  if (inside > 0) plane.ellipse(x, y, rx * Math.sqrt(inside), ry * Math.sqrt(inside), hu, angle)
}

function spine(plane: Plane, z: number): void {
  const level = (((z % 26) + 26) % 26) - 13
  const disc = Math.abs(level) < 2.5
  plane.ellipse(0, 70, 18, 14.5, disc ? 85 : 520)
  if (!disc) plane.ellipse(0, 70, 16, 12.5, 190 + 40 * Math.cos(level / 3))
  for (const side of [-1, 1]) {
    if (level > 0) plane.ellipse(side * 12, 88, 4, 9, 420, side * 0.5)
    plane.ellipse(side * 24, 97, 17, 4, 380, side * 0.45)
  }
  plane.ellipse(0, 91, 10, 8.5, 15)
  plane.ellipse(0, 91, 6, 4.5, 38)
  plane.ellipse(0, 107 + level * 0.2, 3.2, 9, 430)
}

/** Ribs run forward and down around the cage, so a slice cuts each of several once on each side. */
function ribs(plane: Plane, z: number, width: number, depth: number): void {
  for (let rib = 0; rib < 12; rib++) {
    const back = 142 - rib * 25
    for (let step = 0; step <= 60; step++) {
      const turn = (step / 60) * 2.75
      const height = back - 52 * Math.sin(turn / 2) ** 1.3
      const off = (z - height) / 6
      if (Math.abs(off) >= 1) continue
      const thick = Math.sqrt(1 - off * off)
      for (const side of [-1, 1]) {
        const x = side * (width + 3) * Math.sin(Math.max(0.22, turn))
        const y = 8 + (depth + 3) * Math.cos(turn) * (turn < 0.6 ? 0.97 : 1)
        const along = side * Math.atan2(-depth * Math.sin(turn), width * Math.cos(turn))
        plane.ellipse(x, y, 6, 4.2 * thick, turn > 2.3 ? 130 : 560, along)
        if (thick > 0.75 && turn <= 2.3) plane.ellipse(x, y, 5, 2 * thick, 180, along)
      }
    }
  }
}

/** Returns a painter: the tree grows once, each slice is then cut from it. */
export function chestPhantom(seed: string): (plane: Plane, z: number) => void {
  const vessels = vesselTree(seed)
  return (plane, z) => {
    plane.fill(-1000)
    plane.ellipse(0, 205, 260, 90, -120)
    plane.ellipse(0, 210, 262, 90, -1000)
    const shoulder = Math.max(0, z - 95)
    const girth = 1 - Math.max(0, -z - 60) / 1600
    plane.ellipse(0, 8, (168 + shoulder * 0.25) * girth, (118 - shoulder * 0.2) * girth, 20)
    plane.ellipse(0, 8, (166 + shoulder * 0.25) * girth, (116 - shoulder * 0.2) * girth, -102)
    plane.ellipse(0, 10, (152 + shoulder * 0.3) * girth, (103 - shoulder * 0.15) * girth, 52)
    for (const side of [-1, 1]) {
      plane.ellipse(side * 40, 102, 30, 12, 56, side * 0.15)
      if (z > -40) {
        plane.ellipse(side * 88, 88 - Math.max(0, z - 90) * 0.2, 34, 3.6, 430, side * -0.42)
        plane.ellipse(side * 88, 88 - Math.max(0, z - 90) * 0.2, 30, 1.6, 160, side * -0.42)
      }
    }
    const dome = Math.sqrt(Math.max(0.02, 1 - (Math.max(0, z + 10) / 165) ** 2))
    const width = 128 * dome
    const depth = 88 * (0.35 + 0.65 * dome)
    plane.ellipse(0, 10, width, depth, -70)
    for (const side of [-1, 1]) {
      const lung = side < 0 ? 1.04 : 0.97
      plane.ellipse(side * 66 * dome, 12, 59 * dome * lung, (depth - 5) * 0.98, -868, side * -0.06)
    }
    for (const { x, y, z0, z1, dx, dy, radius } of vessels) {
      if (z < z0 - radius || z > z1 + radius) continue
      const along = Math.min(z1 - z0, Math.max(0, z - z0))
      const px = x + dx * along
      const py = y + dy * along
      if (((Math.abs(px) - 66 * dome) / (60 * dome)) ** 2 + ((py - 12) / depth) ** 2 < 0.94) {
        const slant = Math.min(3, Math.hypot(dx, dy))
        plane.ellipse(px, py, radius * (1 + slant * 0.7), radius, 30, Math.atan2(dy, dx))
      }
    }
    plane.ellipse(0, 14, 27, depth * 0.78, -85)
    ball(plane, z, [-34, 8, 0], [17, 15, 24], 42)
    ball(plane, z, [34, 8, 6], [16, 15, 24], 42)
    ball(plane, z, [20, -22, -55], [66, 52, 62], -80, 0.5)
    ball(plane, z, [18, -20, -55], [60, 46, 57], 44, 0.5)
    ball(plane, z, [34, -18, -58], [26, 22, 36], 38, 0.5)
    ball(plane, z, [-14, -8, -46], [26, 28, 36], 40)
    if (z > -30 && z < 52) plane.ellipse(-8, -22, 15, 15, 44)
    if (z > -20 && z < 30) plane.ellipse(14, -22, 13, 12, 43)
    if (z >= 38 && z < 56) plane.ellipse(8, 12, 13, 38, 44, -0.35)
    if (z < 52) plane.ellipse(20, 46, 11.5, 11.5, 45)
    if (z >= 56)
      for (const [x, y] of [
        [-12, -8],
        [4, 0],
        [16, 10],
        [-18, -22],
      ] as const)
        plane.ellipse(x, y, 6, 6, 46)
    plane.ellipse(3, 34, 6, 7, 40)
    if (z > 18) {
      plane.ellipse(0, 16, 10, 9.5, 35)
      plane.ellipse(0, 16, 8.3, 7.8, -1000)
    } else if (z > -18) {
      for (const side of [-1, 1]) plane.ellipse(side * (7 + (18 - z) * 0.62), 16 + (18 - z) * 0.15, 6.2, 5.8, -990)
    }
    ball(plane, z, [-62, 4, -152], [78, 86, 96], 58)
    ball(plane, z, [64, 10, -160], [60, 78, 88], 20)
    ball(plane, z, [58, -22, -150], [36, 34, 40], -960)
    ball(plane, z, [84, 52, -160], [26, 30, 54], 50)
    ball(plane, z, [-78, 38, 58], [6.5, 6, 6], 28)
    ribs(plane, z, width + 3, depth + 3)
    if (z > -70 && z < 85) {
      plane.ellipse(0, 12 - depth - 3, 17, 5.5, 380)
      plane.ellipse(0, 12 - depth - 3, 14.5, 3.4, 130)
    }
    spine(plane, z)
  }
}
