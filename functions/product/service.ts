import { client } from '../../discovery/client.ts'
import { relay } from '../../shared/data/outbox-relay.ts'
import { service } from '../../shared/http/service.ts'
import * as changeProduct from './change-product.ts'
import * as createCategory from './create-category.ts'
import * as createProduct from './create-product.ts'
import * as createSubcategory from './create-subcategory.ts'
import * as deleteCategory from './delete-category.ts'
import * as deleteProduct from './delete-product.ts'
import * as deleteSubcategory from './delete-subcategory.ts'
import * as getCategory from './get-category.ts'
import * as getMedia from './get-media.ts'
import * as getProduct from './get-product.ts'
import * as getProductBySlug from './get-product-by-slug.ts'
import * as listCategories from './list-categories.ts'
import * as listProducts from './list-products.ts'
import * as listSubcategories from './list-subcategories.ts'
import * as lookUpProducts from './look-up-products.ts'
import { sweepFavourites } from './queries/favourites.ts'
import { sweepPictures } from './queries/media.ts'
import { sweepWords } from './queries/search.ts'
import { db } from './queries/shape.ts'
import * as receiveEvent from './receive-event.ts'
import * as replaceProduct from './replace-product.ts'
import { fillAllShown, keepShown } from './shown.ts'
import * as updateCategory from './update-category.ts'
import * as updateSubcategory from './update-subcategory.ts'
import { keepViews } from './views.ts'

export const product = service({
  name: 'product',
  about: 'The catalogue: products with pictures, prices and stock, in categories, found by search.',
  roots: ['/api/v1/products', '/api/v1/categories', '/api/v1/subcategories', '/api/v1/media'],
  port: 8002,
  needs: ['postgres', 'cache', 'auth'],
  memory: { nurseryMb: 8 },
  endpoints: {
    listCategories,
    getCategory,
    listSubcategories,
    createCategory,
    updateCategory,
    deleteCategory,
    createSubcategory,
    updateSubcategory,
    deleteSubcategory,
    listProducts,
    createProduct,
    getProduct,
    getProductBySlug,
    replaceProduct,
    changeProduct,
    deleteProduct,
    getMedia,
    lookUpProducts,
    receiveEvent,
  },
  background: [(signal) => relay(db, client('product').deliver, { signal }), keepViews, keepShown],
  tidy: {
    pictures: sweepPictures,
    words: sweepWords,
    favourites: () => sweepFavourites(),
    shown: () => fillAllShown(),
  },
})
