import { att, type Part, type Parts, ref, sub, when } from './aws-parts.ts'

/** One role per service: it reads its own secrets, writes its own log, and joins the network. */
export function role(name: string, makesSuperuser: boolean): Part {
  const secrets = [ref(`${name}DatabaseSecret`), ref('SecretKey'), ref('EdgeKey')]
  const own = makesSuperuser ? [when('MakesSuperuser', ref('SuperuserPassword'))] : []
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: assumedBy('lambda.amazonaws.com'),
      ManagedPolicyArns: [
        sub(`arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole`),
      ],
      Policies: [readSecrets([...secrets, ...own])],
    },
  }
}

function assumedBy(service: string): Part {
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }
  return { Version: '2012-10-17', Statement: [statement] }
}

function readSecrets(secrets: unknown[]): Part {
  const statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secrets }
  return {
    PolicyName: 'secrets',
    PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
  }
}

/** RDS Proxy before this service's database, if its instance is named. */
export function proxy(name: string): Parts {
  const Condition = `${name}Proxied`
  return {
    [`${name}ProxyRole`]: {
      Type: 'AWS::IAM::Role',
      Condition,
      Properties: {
        AssumeRolePolicyDocument: assumedBy('rds.amazonaws.com'),
        Policies: [readSecrets([ref(`${name}DatabaseSecret`)])],
      },
    },
    [`${name}Proxy`]: {
      Type: 'AWS::RDS::DBProxy',
      Condition,
      Properties: {
        DBProxyName: sub(`\${AWS::StackName}-${name.toLowerCase()}`),
        EngineFamily: 'POSTGRESQL',
        RequireTLS: true,
        RoleArn: att(`${name}ProxyRole`, 'Arn'),
        Auth: [{ AuthScheme: 'SECRETS', SecretArn: ref(`${name}DatabaseSecret`) }],
        VpcSubnetIds: ref('Subnets'),
        VpcSecurityGroupIds: ref('SecurityGroups'),
      },
    },
    [`${name}ProxyTargets`]: {
      Type: 'AWS::RDS::DBProxyTargetGroup',
      Condition,
      Properties: {
        DBProxyName: ref(`${name}Proxy`),
        TargetGroupName: 'default',
        DBInstanceIdentifiers: [ref(`${name}DatabaseInstance`)],
        ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: 90 },
      },
    },
  }
}
