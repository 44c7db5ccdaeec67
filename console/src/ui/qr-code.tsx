import { type ReactElement, useMemo } from 'react'
import { qrPath, qrSymbol } from '../lib/qr/index.ts'

/** A text as a symbol for cameras. Dark on light in both schemes, since not every camera reads the other way round. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactElement | null {
  const drawn = useMemo(() => {
    const symbol = qrSymbol(text)
    return symbol && qrPath(symbol)
  }, [text])
  if (!drawn) return null
  return (
    <svg
      className="qr-code"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${drawn.size} ${drawn.size}`}
      shapeRendering="crispEdges"
    >
      <path d={drawn.path} />
    </svg>
  )
}
