import type { Service } from '../http/service.ts'
import { apiHost, att, type Part, type Parts, ref, sub, when } from './aws-parts.ts'

// CloudFront in front of it all: the storefront from a bucket, each root from its service's API.

/** AWS's own policies by their fixed ids. */
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac'
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6'
const SECURITY_HEADERS = '67f7725c-6f97-4210-82d7-5512b31e9d03'

/** Runs in CloudFront for each request to an API: says who asks, and for which host. */
const TELL = `function handler(event) {
  var request = event.request
  request.headers['x-souk-address'] = { value: event.viewer.ip }
  request.headers['x-souk-host'] = { value: request.headers.host.value }
  return request
}
`

/** The storefront is one page; its addresses have no file. What is between services is nobody's. */
const PAGES = `function handler(event) {
  var request = event.request
  if (/^\\/(internal|_)(\\/|$)/.test(request.uri))
    return { statusCode: 404, statusDescription: 'Not Found' }
  if (!/\\.[a-z0-9]+$/i.test(request.uri)) request.uri = '/index.html'
  return request
}
`

export function edgeResources(services: readonly Service[]): Parts {
  return {
    Site: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    },
    SitePolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: ref('Site'),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'cloudfront.amazonaws.com' },
              Action: 's3:GetObject',
              Resource: sub(`\${Site.Arn}/*`),
              Condition: {
                StringEquals: {
                  'AWS:SourceArn': sub(
                    `arn:\${AWS::Partition}:cloudfront::\${AWS::AccountId}:distribution/\${Shop}`,
                  ),
                },
              },
            },
          ],
        },
      },
    },
    SiteAccess: {
      Type: 'AWS::CloudFront::OriginAccessControl',
      Properties: {
        OriginAccessControlConfig: {
          Name: sub(`\${AWS::StackName}-site`),
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      },
    },
    TellFunction: edgeFunction('tell', TELL),
    PagesFunction: edgeFunction('pages', PAGES),
    ApiCaching: {
      Type: 'AWS::CloudFront::CachePolicy',
      Properties: {
        CachePolicyConfig: {
          Name: sub(`\${AWS::StackName}-api`),
          Comment: 'As long as an answer says; answers to one caller go to no other',
          MinTTL: 0,
          DefaultTTL: 0,
          MaxTTL: 86_400,
          ParametersInCacheKeyAndForwardedToOrigin: {
            EnableAcceptEncodingGzip: true,
            EnableAcceptEncodingBrotli: true,
            HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Authorization', 'Origin'] },
            CookiesConfig: { CookieBehavior: 'none' },
            QueryStringsConfig: { QueryStringBehavior: 'all' },
          },
        },
      },
    },
    Shop: {
      Type: 'AWS::CloudFront::Distribution',
      Properties: {
        DistributionConfig: {
          Enabled: true,
          HttpVersion: 'http2and3',
          DefaultRootObject: 'index.html',
          Aliases: when('HasDomain', [ref('Domain')]),
          ViewerCertificate: when(
            'HasDomain',
            {
              AcmCertificateArn: ref('CertificateArn'),
              SslSupportMethod: 'sni-only',
              MinimumProtocolVersion: 'TLSv1.2_2021',
            },
            { CloudFrontDefaultCertificate: true },
          ),
          Origins: [site(), ...services.map(origin)],
          DefaultCacheBehavior: {
            TargetOriginId: 'site',
            ViewerProtocolPolicy: 'redirect-to-https',
            CachePolicyId: CACHING_OPTIMIZED,
            ResponseHeadersPolicyId: SECURITY_HEADERS,
            Compress: true,
            FunctionAssociations: [associated('PagesFunction')],
          },
          CacheBehaviors: behaviours(services),
        },
      },
    },
  }
}

function edgeFunction(name: string, code: string): Part {
  return {
    Type: 'AWS::CloudFront::Function',
    Properties: {
      Name: sub(`\${AWS::StackName}-${name}`),
      AutoPublish: true,
      FunctionCode: code,
      FunctionConfig: { Comment: name, Runtime: 'cloudfront-js-2.0' },
    },
  }
}

function associated(name: string): Part {
  return { EventType: 'viewer-request', FunctionARN: att(name, 'FunctionARN') }
}

function site(): Part {
  return {
    Id: 'site',
    DomainName: att('Site', 'RegionalDomainName'),
    OriginAccessControlId: ref('SiteAccess'),
    S3OriginConfig: { OriginAccessIdentity: '' },
  }
}

function origin(service: Service): Part {
  return {
    Id: service.name,
    DomainName: sub(apiHost(service)),
    CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
    OriginCustomHeaders: [
      {
        HeaderName: 'x-souk-edge',
        HeaderValue: sub(`{{resolve:secretsmanager:\${EdgeKey}}}`),
      },
    ],
  }
}

/** A root and what is under it, whole segments; the rest of /api/ goes to a service that says 404. */
function behaviours(services: readonly Service[]): Part[] {
  const roots = services.flatMap(({ name, roots }) =>
    roots.flatMap((root) => [root, `${root}/*`].map((pattern) => ({ name, pattern }))),
  )
  const [first] = services
  const rest = first ? [{ name: first.name, pattern: '/api/*' }] : []
  return [...roots, ...rest].map(({ name, pattern }) => ({
    PathPattern: pattern,
    TargetOriginId: name,
    ViewerProtocolPolicy: 'redirect-to-https',
    AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
    CachedMethods: ['GET', 'HEAD'],
    CachePolicyId: ref('ApiCaching'),
    OriginRequestPolicyId: ALL_BUT_HOST,
    Compress: true,
    FunctionAssociations: [associated('TellFunction')],
  }))
}
