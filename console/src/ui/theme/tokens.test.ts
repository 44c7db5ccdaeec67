import { ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

type Colour = readonly [number, number, number]

const source = await readFile(new URL('tokens.css', import.meta.url), 'utf8')
const schemes = ['light', 'dark'] as const

/** A colour of the style sheet in linear sRGB (Ottosson, oklab). */
function token(name: string, scheme: (typeof schemes)[number]): Colour {
  const pair = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`).exec(source)
  const [lightness = 0, chroma = 0, hue = 0] = (pair?.[scheme === 'light' ? 1 : 2] ?? '').split(' ').map(Number)
  ok(pair, `${name} is a pair of colours`)
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)]
  const [l, m, s] = [
    (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ]
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

const times = (rows: readonly Colour[], colour: Colour): Colour => {
  const [first, second, third] = rows.map((row) => row.reduce((sum, factor, at) => sum + factor * colour[at]!, 0))
  return [first!, second!, third!]
}

/** How colours look to most people, and to those who lack a kind of cone (Machado and others, 2009). */
const sights: Readonly<Record<string, readonly Colour[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const lms: readonly Colour[] = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
]
const oklab: readonly Colour[] = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
]

function apart(one: Colour, other: Colour, sight: readonly Colour[]): number {
  const [x, y] = [one, other].map((colour) => {
    const [red, green, blue] = times(sight, colour)
    const [l, m, s] = times(lms, [clip(red), clip(green), clip(blue)])
    return times(oklab, [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)])
  })
  return Math.hypot(...x!.map((value, at) => value - y![at]!))
}
const clip = (value: number) => Math.min(1, Math.max(0, value))

const luminance = (colour: Colour) => {
  const [red, green, blue] = [clip(colour[0]), clip(colour[1]), clip(colour[2])]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

test('the biggest series is nothing that failed, nor the accent, nor another series, for whatever eyes', () => {
  const others = [2, 3, 4, 5, 6, 7].map((each) => `series-${each}`)
  for (const scheme of schemes)
    for (const [sight, matrix] of Object.entries(sights))
      for (const other of [...others, 'series-rest', 'bad', 'pill']) {
        const distance = apart(token('series-1', scheme), token(other, scheme), matrix)
        ok(distance > 0.07, `${scheme}, ${sight}: series-1 is ${distance.toFixed(3)} from ${other}`)
      }
})

test('the biggest series and the ring of the focus stand out from what they lie on', () => {
  for (const scheme of schemes)
    for (const ground of ['paper', 'surface', 'sunken'])
      for (const name of ['series-1', 'ink']) {
        const ratio = contrast(token(name, scheme), token(ground, scheme))
        ok(ratio >= 3, `${scheme}: ${name} has ${ratio.toFixed(2)} on ${ground}`)
      }
})
