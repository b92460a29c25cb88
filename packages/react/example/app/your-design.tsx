import type { ComponentPropsWithoutRef, ReactNode } from 'react'

interface ButtonProps extends ComponentPropsWithoutRef<'button'> {
  readonly variant: 'loud' | 'quiet'
}

/** A button of the app's own design. */
export function Button({ variant, ...props }: ButtonProps): ReactNode {
  return <button {...props} data-variant={variant} />
}
