/** A head, cut across: tissues at a height z (mm; 0 at the level of the ventricles). One anatomy, seen by CT and by MR. */
import type { Plane } from './plane.ts'
import { randomOf } from './random.ts'

/** Tissue numbers as painted; each modality has its own value for each. */
export const tissues = ['air', 'skin', 'fat', 'bone', 'marrow', 'csf', 'gray', 'white', 'nuclei', 'vitreous', 'muscle', 'lesion'] as const
export type Tissue = (typeof tissues)[number]

const label: Readonly<Record<Tissue, number>> = Object.fromEntries(tissues.map((tissue, index) => [tissue, index])) as Record<
  Tissue,
  number
>

interface Fold {
  readonly angle: number
  readonly depth: number
  readonly z: number
  readonly tilt: number
}

/** Sulci: cuts from the surface inwards, each at an angle that wanders with height. */
function foldsOf(seed: string): Fold[] {
  const random = randomOf(`${seed} folds`)
  return Array.from({ length: 62 }, (_, index) => ({
    angle: (index / 62) * 2 * Math.PI + random() * 0.06,
    depth: 9 + random() * 11,
    z: random() * 120 - 40,
    tilt: (random() - 0.5) * 0.012,
  }))
}

/** Returns a painter of tissue numbers. The lesion is on the patient's left, in the basal ganglia. */
export function headPhantom(seed: string): (plane: Plane, z: number) => void {
  const folds = foldsOf(seed)
  return (plane, z) => {
    const paint = (tissue: Tissue, x: number, y: number, rx: number, ry: number, angle = 0) =>
      plane.ellipse(x, y, rx, ry, label[tissue], angle)
    const both = (tissue: Tissue, x: number, y: number, rx: number, ry: number, angle = 0) => {
      paint(tissue, -x, y, rx, ry, -angle)
      paint(tissue, x, y, rx, ry, angle)
    }
    plane.fill(label.air)
    const size = Math.sqrt(Math.max(0.05, 1 - (z / 96) ** 2))
    const face = Math.max(0, -z - 30)
    const rx = 74 * (z < 0 ? 1 - (z / 260) ** 2 : size)
    const ry = 94 * (z < 0 ? 1 - (z / 230) ** 2 : size)
    paint('skin', 0, 0, rx + 3, ry + 3)
    paint('fat', 0, 0, rx + 1, ry + 1)
    if (face > 0) paint('muscle', 0, 0, rx - 2, ry - 2)
    paint('bone', 0, 0, rx - 2, ry - 2)
    paint('marrow', 0, 0, rx - 4, ry - 4.2)
    paint('bone', 0, 0, rx - 5.6, ry - 6)
    const bx = rx - 8
    const by = ry - 9
    paint('csf', 0, 0, bx, by)
    for (const side of [-1, 1]) paint('gray', side * bx * 0.495, 0, bx * 0.492, by - 3.5, side * -0.04)
    paint('gray', 0, 0, bx - 6, by - 5)
    for (const side of [-1, 1]) paint('white', side * bx * 0.49, 0, bx * 0.36, by - 14, side * -0.05)
    if (z > -35) {
      for (const { angle, depth, z: home, tilt } of folds) {
        const at = angle + tilt * (z - home)
        const reach = depth * (0.55 + 0.45 * Math.cos((z - home) / 16))
        const cx = Math.cos(at)
        const cy = Math.sin(at)
        const radius = 1 / Math.hypot(cx / (bx - 2), cy / (by - 3))
        paint('gray', cx * (radius - reach * 0.75), cy * (radius - reach * 0.75), reach * 0.95, 4, at)
        paint('csf', cx * (radius - reach * 0.3), cy * (radius - reach * 0.3), reach * 0.62, 0.9, at)
      }
    }
    paint('csf', 0, 0, 1, by - 2)
    const level = z / 26
    if (z > -30 && z < 34) {
      const open = Math.sqrt(Math.max(0, 1 - level * level))
      paint('white', 0, -4, 14, 34 * open + 4)
      both('nuclei', 24, 2, 9 * open + 1, 21 * open + 1, 0.22)
      both('nuclei', 10, 14, 8 * open + 0.5, 12 * open + 0.5, -0.3)
      both('white', 17, 6, 2.2, 20 * open + 1, -0.25)
      both('csf', 8, -22, 4.2 * open, 17 * open, -0.28)
      both('csf', 15, 30, 5 * open, 17 * open, 0.3)
      both('csf', 7, 2, 3 * open, 14 * open, -0.05)
      paint('csf', 0, 14, 1.9, 13 * open)
    } else if (z >= 34 && z < 48) both('csf', 11, 4, 3.2, 26, 0.04)
    if (z > -12 && z < 24) {
      const grown = Math.sqrt(1 - ((z - 6) / 18) ** 2)
      paint('lesion', 27, 6, 11 * grown, 17 * grown, 0.3)
    }
    if (z < -30) {
      paint('bone', 0, 46, rx - 12, 34)
      paint('gray', 0, 48, rx - 17, 30)
      both('white', 20, 50, 17, 18)
      paint('csf', 0, 42, 6, 7)
      paint('white', 0, 24, 14, 13)
      both('bone', 44, 14, 26, 9, -0.5)
      for (let cell = 0; cell < 5; cell++) both('air', 50 + cell * 3, 20 + ((cell * 7) % 5), 2.2, 2.2)
      both('fat', 30, -58, 18, 24, 0.2)
      both('vitreous', 31, -66, 12, 12)
      both('muscle', 27, -42, 2, 14, 0.25)
      paint('bone', 0, -56, 11, 28)
      both('air', 4.5, -58, 3.6, 24)
      if (z < -48) both('air', 27, -48, 15, 13)
    }
  }
}
