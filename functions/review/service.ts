import { service } from '../../shared/http/service.ts'
import * as changeReview from './change-review.ts'
import * as createReview from './create-review.ts'
import * as deleteReview from './delete-review.ts'
import * as getReview from './get-review.ts'
import * as listOwnReviews from './list-own-reviews.ts'
import * as listOwnVotes from './list-own-votes.ts'
import * as listRatings from './list-ratings.ts'
import * as listReviews from './list-reviews.ts'
import * as moderateReview from './moderate-review.ts'
import * as receiveEvent from './receive-event.ts'
import { relayEvents } from './relaying.ts'
import * as searchReviews from './search-reviews.ts'
import * as unvoteReview from './unvote-review.ts'
import * as voteReview from './vote-review.ts'

export const review = service({
  name: 'review',
  about:
    'What users say of products: reviews, votes on them, moderation, and the ratings they add up to.',
  roots: ['/api/v1/reviews'],
  port: 8004,
  needs: ['postgres', 'cache', 'auth', 'product'],
  endpoints: {
    createReview,
    listReviews,
    getReview,
    changeReview,
    deleteReview,
    moderateReview,
    voteReview,
    unvoteReview,
    listOwnReviews,
    listOwnVotes,
    searchReviews,
    receiveEvent,
    listRatings,
  },
  background: [relayEvents],
})
