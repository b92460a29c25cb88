import {
  type ComponentPropsWithoutRef,
  createElement,
  type ElementType,
  type JSX,
  type ReactNode,
} from 'react'

/** The parts of a component by name, each with the element that it is. */
export type SlotTags = Readonly<Record<string, keyof JSX.IntrinsicElements>>

/** How an app gives the parts of a component its own looks. */
export interface SlotOptions<Tags extends SlotTags> {
  /** Class names by slot. */
  readonly classNames?: { readonly [Slot in keyof Tags]?: string | undefined } | undefined
  /** Components of your own: each gets the props of the element that it stands for, and must pass them on. */
  readonly components?:
    | {
        readonly [Slot in keyof Tags]?:
          | ((props: ComponentPropsWithoutRef<Tags[Slot]>) => ReactNode)
          | undefined
      }
    | undefined
}

/** Makes a part: the app's component, or the element, with its class and `data-valetkey-slot`. */
export type MakePart<Tags extends SlotTags> = <Slot extends keyof Tags & string>(
  slot: Slot,
  props: ComponentPropsWithoutRef<Tags[Slot]> & {
    readonly [attribute: `data-${string}`]: string | undefined
  },
) => ReactNode

/** The maker of a component's parts. */
export function partMaker<Tags extends SlotTags>(
  tags: Tags,
  { classNames, components }: SlotOptions<Tags>,
): MakePart<Tags> {
  return (slot, props) => {
    const part: ElementType = components?.[slot] ?? tags[slot] ?? 'div'
    const className = classNames?.[slot]
    return createElement(part, {
      ...props,
      'data-valetkey-slot': slot,
      ...(className === undefined ? {} : { className }),
    })
  }
}
