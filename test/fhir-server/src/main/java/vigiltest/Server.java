package vigiltest;

import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * A FHIR R4 server on loopback. Environment: PORT (0: a free one), VALIDATE (0: takes what is not conformant), DATA (a folder; in
 * memory without). Says {@code ready <port>}, and ends when its input does.
 */
public class Server {
  public static void main(String[] arguments) throws Exception {
    endWithParent();
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(StoreConfig.class);
    IFhirSystemDao<?, ?> dao = beans.getBean(IFhirSystemDao.class);
    RestfulServer rest = new RestfulServer(dao.getContext());
    rest.registerProviders(beans.getBean(ResourceProviderFactory.class).createProviders());
    rest.registerProvider(beans.getBean(IJpaSystemProvider.class));
    rest.setServerConformanceProvider(
        new JpaCapabilityStatementProvider(
            rest,
            dao,
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class)));
    rest.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    // Subscriptions listen here.
    rest.setInterceptorService(beans.getBean(IInterceptorService.class));
    if (!"0".equals(System.getenv("VALIDATE"))) {
      RequestValidatingInterceptor validating = new RequestValidatingInterceptor();
      validating.addValidatorModule(Validate.instanceValidator());
      validating.setFailOnSeverity(ResultSeverityEnum.ERROR);
      rest.registerInterceptor(validating);
    }
    System.out.println("ready " + listen(rest));
  }

  private static int listen(RestfulServer rest) throws Exception {
    org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(System.getenv().getOrDefault("PORT", "0")));
    server.addConnector(connector);
    ServletContextHandler handler = new ServletContextHandler();
    handler.setContextPath("/");
    handler.addServlet(new ServletHolder(rest), "/fhir/*");
    server.setHandler(handler);
    server.start();
    return connector.getLocalPort();
  }

  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (java.io.IOException gone) {
                // As good as an end.
              }
              Runtime.getRuntime().halt(0);
            });
    watch.setDaemon(true);
    watch.start();
  }
}
