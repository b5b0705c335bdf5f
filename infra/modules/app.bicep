// The app on Flex Consumption: plan, site, and every setting it reads.
param name string
param planName string
param location string
param tags object
param workspaceId string
param insightsConnection string
param identityId string
param identityClientId string
param subnetId string
param packageContainerUrl string
param hostBlobUrl string
param hostQueueUrl string
param hostTableUrl string
param dataBlobUrl string
param dataQueueUrl string
param deployments array
param callers array
param defaultApproval object
param callbackHosts array
param unknownOutcome string
param attentionDeadlineS int
param signingKeysUri string
param topicEndpoint string
param contentSafetyEndpoint string
param altTextDeployment object
param entraClientId string
param publicUrl string
param policy string
param priceBook string
param alwaysReady array
param maximumInstanceCount int
param zoneRedundant bool

var tables = loadJsonContent('../tables.json')
// Calls of one instance that wait for a person's page or a flow's poll at the same time; added up
// with the queues' batches in docs/host.md.
var httpConcurrency = 16
var fixed = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: hostBlobUrl
  AzureWebJobsStorage__queueServiceUri: hostQueueUrl
  AzureWebJobsStorage__tableServiceUri: hostTableUrl
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: string(tables.threads)
  DARKROOM_STORAGE__credential: 'managedidentity'
  DARKROOM_STORAGE__clientId: identityClientId
  DARKROOM_STORAGE__blobServiceUri: dataBlobUrl
  DARKROOM_STORAGE__queueServiceUri: dataQueueUrl
  DARKROOM_DEPLOYMENTS: string(deployments)
  DARKROOM_CALLERS: string(callers)
  DARKROOM_UNKNOWN_OUTCOME: unknownOutcome
  DARKROOM_ATTENTION_DEADLINE_S: string(attentionDeadlineS)
  DARKROOM_SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${signingKeysUri})'
  DARKROOM_EVENT_GRID_TOPIC: topicEndpoint
  MAX_WAIT_DAYS: string(tables.retention.maxWaitDays)
  APPROVED_RETENTION_DAYS: string(tables.retention.approvedDays)
  JOURNAL_RETENTION_DAYS: string(tables.retention.journalDays)
}
var given = union(
  empty(defaultApproval) ? {} : {
    DARKROOM_DEFAULT_APPROVAL: string(defaultApproval)
  },
  empty(callbackHosts) ? {} : {
    DARKROOM_CALLBACK_HOSTS: string(callbackHosts)
  },
  empty(publicUrl) ? {} : {
    DARKROOM_PUBLIC_URL: publicUrl
  },
  empty(policy) ? {} : {
    DARKROOM_POLICY: policy
  },
  empty(priceBook) ? {} : {
    DARKROOM_PRICE_BOOK: priceBook
  },
  empty(contentSafetyEndpoint) ? {} : {
    DARKROOM_CONTENT_SAFETY: contentSafetyEndpoint
  },
  empty(altTextDeployment) ? {} : {
    DARKROOM_ALT_TEXT_DEPLOYMENT: string(altTextDeployment)
  },
  empty(entraClientId) ? {} : {
    DARKROOM_ENTRA_AUDIENCE: 'api://${entraClientId}'
  }
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_225:set by the parameter zoneRedundant, which production.parameters.json does
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_17:callers are flows and browsers, which have no client certificates
  // checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself; alwaysReady says how many are warm
  // checkov:skip=CKV_AZURE_213:Flex Consumption has no health check path; the alert sweep-missing sees a dead app
  // checkov:skip=CKV_AZURE_78:Flex Consumption has no FTP, and refuses the setting that would say so
  // checkov:skip=CKV_AZURE_222:flows, reviewers and callers come from the internet; keys, tokens and Entra guard each route
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'api'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Nothing else: Flex Consumption refuses what it does not have, ftpsState and alwaysOn among it.
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: tables.pythonVersion
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: 2048
        alwaysReady: alwaysReady
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  // checkov:skip=CKV_AZURE_13:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_222:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_63:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_65:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_66:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_80:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_88:a resource of settings alone; the check is for the site, or for what Flex does not have
  parent: app
  name: 'appsettings'
  properties: union(fixed, given)
}

// App Service authentication; the pages, links with tokens and health stay open to everybody,
// and the app checks the rest itself.
resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (!empty(entraClientId)) {
  // checkov:skip=CKV_AZURE_13:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_222:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_63:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_65:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_66:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_80:a resource of settings alone; the check is for the site, or for what Flex does not have
  // checkov:skip=CKV_AZURE_88:a resource of settings alone; the check is for the site, or for what Flex does not have
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            'api://${entraClientId}'
          ]
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'metrics'
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output name string = app.name
output apiUrl string = empty(publicUrl) ? 'https://${app.properties.defaultHostName}/api' : publicUrl
