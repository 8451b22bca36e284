/** A picture in millimetres around its centre: x to the patient's left, y to the back (axial) or down (projection). */
import { noiseMask, noiseTile } from './random.ts'

export class Plane {
  readonly width: number
  readonly height: number
  readonly spacing: number
  readonly data: Float32Array
  #layer: Float32Array | undefined

  constructor(width: number, height: number, spacing: number) {
    this.width = width
    this.height = height
    this.spacing = spacing
    this.data = new Float32Array(width * height)
  }

  fill(value: number): void {
    this.data.fill(value)
  }

  /** Paints a full ellipse over what is there, a row at a time; `angle` in radians. */
  ellipse(x: number, y: number, rx: number, ry: number, value: number, angle = 0): void {
    this.#spans(x, y, rx, ry, angle, (from, to) => this.data.fill(value, from, to))
  }

  /** Adds the path of a ray through an ellipsoid of depth 2·rz to every point it covers: how a projection sees a body. */
  addEllipsoid(x: number, y: number, rx: number, ry: number, depth: number, angle = 0): void {
    const { width, height, spacing, data } = this
    const cosine = Math.cos(angle)
    const sine = Math.sin(angle)
    this.#spans(x, y, rx, ry, angle, (from, to) => {
      const row = Math.floor(from / width)
      const dy = (row - height / 2) * spacing - y
      for (let index = from; index < to; index++) {
        const dx = (index - row * width - width / 2) * spacing - x
        const u = (dx * cosine + dy * sine) / rx
        const v = (dy * cosine - dx * sine) / ry
        const inside = 1 - u * u - v * v
        if (inside > 0) data[index]! += depth * Math.sqrt(inside)
      }
    })
  }

  /** Adds the path through a tube along a curve, denser at its shell: a rib. Stamps that overlap keep the longest path, so the tube has one thickness. */
  addTube(curve: (t: number) => readonly [number, number], radius: (t: number) => number, depth: number, steps: number): void {
    const { width, height, spacing, data } = this
    this.#layer ??= new Float32Array(data.length)
    const layer = this.#layer
    const touched: number[] = []
    for (let step = 0; step <= steps; step++) {
      const t = step / steps
      const [x, y] = curve(t)
      const reach = radius(t) / spacing
      const cx = x / spacing + width / 2
      const cy = y / spacing + height / 2
      for (let row = Math.max(0, Math.ceil(cy - reach)); row <= Math.min(height - 1, cy + reach); row++) {
        for (let column = Math.max(0, Math.ceil(cx - reach)); column <= Math.min(width - 1, cx + reach); column++) {
          const off = ((row - cy) ** 2 + (column - cx) ** 2) / reach ** 2
          if (off >= 1) continue
          const path = depth * Math.sqrt(1 - off) * (off > 0.62 ? 1 : 0.72)
          const index = row * width + column
          const before = layer[index]!
          if (before === 0) touched.push(index)
          if (path > before) layer[index] = path
        }
      }
    }
    for (const index of touched) {
      data[index]! += layer[index]!
      layer[index] = 0
    }
  }

  #spans(x: number, y: number, rx: number, ry: number, angle: number, paint: (from: number, to: number) => void): void {
    const { width, height, spacing } = this
    const cosine = Math.cos(angle)
    const sine = Math.sin(angle)
    const a = (cosine / rx) ** 2 + (sine / ry) ** 2
    const b = 2 * cosine * sine * (1 / rx ** 2 - 1 / ry ** 2)
    const c = (sine / rx) ** 2 + (cosine / ry) ** 2
    const reach = Math.max(rx, ry)
    const first = Math.max(0, Math.ceil((y - reach) / spacing + height / 2))
    const last = Math.min(height - 1, Math.floor((y + reach) / spacing + height / 2))
    for (let row = first; row <= last; row++) {
      const dy = (row - height / 2) * spacing - y
      const root = (b * dy) ** 2 - 4 * a * (c * dy * dy - 1)
      if (root <= 0) continue
      const half = Math.sqrt(root) / (2 * a)
      const middle = x - (b * dy) / (2 * a)
      const from = Math.max(0, Math.ceil((middle - half) / spacing + width / 2))
      const to = Math.min(width, Math.floor((middle + half) / spacing + width / 2) + 1)
      if (from < to) paint(row * width + from, row * width + to)
    }
  }

  /** Noise of the given deviation, from an offset in the common tile. */
  addNoise(deviation: number, offset: number): void {
    const tile = noiseTile()
    const { data } = this
    for (let index = 0; index < data.length; index++) data[index]! += deviation * tile[(index + offset) & noiseMask]!
  }

  /** A 1-2-1 blur both ways: edges of a real detector, and noise with a grain. */
  smooth(): void {
    const { width, height, data } = this
    for (let row = 0; row < height; row++) {
      const start = row * width
      let before = data[start]!
      for (let index = start; index < start + width - 1; index++) {
        const here = data[index]!
        data[index] = (before + 2 * here + data[index + 1]!) / 4
        before = here
      }
    }
    const before = data.slice(0, width)
    for (let index = 0; index < width * (height - 1); index++) {
      const column = index % width
      const here = data[index]!
      data[index] = (before[column]! + 2 * here + data[index + width]!) / 4
      before[column] = here
    }
  }
}
