import { service } from '../../shared/http/service.ts'
import * as addToCart from './add-to-cart.ts'
import * as emptyCart from './empty-cart.ts'
import * as getCart from './get-cart.ts'
import * as mergeCart from './merge-cart.ts'
import * as receiveEvent from './receive-event.ts'
import * as removeItem from './remove-item.ts'
import * as setQuantity from './set-quantity.ts'
import { sweepCarts } from './sweep.ts'

export const cart = service({
  name: 'cart',
  about: 'Carts of signed-in users and of guests, merged on sign-in.',
  roots: ['/api/v1/cart'],
  port: 8003,
  needs: ['postgres', 'product', 'auth'],
  endpoints: { getCart, addToCart, setQuantity, removeItem, emptyCart, mergeCart, receiveEvent },
  background: [sweepCarts],
})
