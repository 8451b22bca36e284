/** Where an institution stands: typed in degrees, or pointed at on a small map. A field of a form. */
import { Button, InputNumber } from 'antd'
import { useState } from 'react'
import { useOutline } from '../api/map.ts'
import { useWords } from '../language/language.tsx'
import type { Place } from '../map/projection.ts'
import { PlaceSheet } from './place-sheet.tsx'
import { placeWords } from './place-words.ts'

/** While it is typed, one of the two may be missing. */
export interface TypedPlace {
  readonly longitude: number | null
  readonly latitude: number | null
}

export const typedPlace = (place: Place | null): TypedPlace => place ?? { longitude: null, latitude: null }
export const isHalf = ({ longitude, latitude }: TypedPlace): boolean => (longitude === null) !== (latitude === null)
export const placeOf = ({ longitude, latitude }: TypedPlace): Place | null =>
  longitude === null || latitude === null ? null : { longitude, latitude }

interface Props {
  /** From the form. */
  readonly value?: TypedPlace
  readonly onChange?: (value: TypedPlace) => void
  readonly others: readonly Place[]
}

export function PlaceField({ value = typedPlace(null), onChange = () => undefined, others }: Props) {
  const say = useWords(placeWords)
  const rings = useOutline().data?.rings ?? none
  const place = placeOf(value)
  const [around, setAround] = useState(place)
  const type = (typed: TypedPlace) => {
    setAround(placeOf(typed))
    onChange(typed)
  }
  return (
    <div className="place-field">
      <div className="place-numbers">
        {(['longitude', 'latitude'] as const).map((name) => (
          <InputNumber
            key={name}
            aria-label={say(name)}
            prefix={say(name)}
            min={name === 'longitude' ? -180 : -90}
            max={name === 'longitude' ? 180 : 90}
            precision={5}
            step={0.01}
            value={value[name]}
            onChange={(degrees) => type({ ...value, [name]: degrees })}
          />
        ))}
        <Button disabled={value.longitude === null && value.latitude === null} onClick={() => onChange(typedPlace(null))}>
          {say('take')}
        </Button>
      </div>
      <PlaceSheet label={say('sheet')} place={place} around={around} others={others} rings={rings} onMove={onChange} />
    </div>
  )
}

const none: readonly never[] = []
